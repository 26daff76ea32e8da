"""A whole installation under test: `opus up` in a folder of its own, whose processes can be killed, frozen and joined by more."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from event_store.embedded import EmbeddedPostgres
from runner.supervisor import Part
from tests.acceptance.part import MODULE

ROOT = Path(__file__).parents[2]
READY_LINE = "all parts are ready"
READY_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 60.0
COMMAND_SECONDS_MAX = 120.0
POLL_SECONDS = 0.05
ERROR_LINES_MAX = 200


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_home() -> Path:
    """A folder with a short path that the account of the embedded PostgreSQL can reach."""
    home = Path(tempfile.mkdtemp(prefix="opus-acceptance-"))
    home.chmod(0o711)
    return home


@dataclass(slots=True)
class Installation:
    """One home folder, and the `opus up` that runs on it."""

    home: Path
    port: int = field(default_factory=free_port)
    settings: Mapping[str, str] = field(default_factory=dict)
    _up: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where its API answers."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def key(self) -> str:
        """The admin's API key, as the first `opus up` kept it."""
        return (self.home / "keys" / "admin.key").read_text().strip()

    @property
    def server(self) -> EmbeddedPostgres:
        """Its database."""
        return EmbeddedPostgres(self.home)

    @property
    def environment(self) -> dict[str, str]:
        """The settings of its parts."""
        foreign = {name: value for name, value in os.environ.items() if not name.startswith("OPUS_")}
        return {**foreign, "OPUS_HOME": str(self.home), "OPUS_PORT": str(self.port), **self.settings}

    def up(self) -> None:
        """Starts it, and returns when all parts are ready."""
        said = self.home / "up.log"
        self.home.mkdir(mode=0o711, exist_ok=True)
        with said.open("wb") as output:
            self._up = subprocess.Popen(
                [sys.executable, "-m", MODULE, "up"], cwd=ROOT, env=self.environment, stdout=output, stderr=output
            )
        deadline = time.monotonic() + READY_SECONDS_MAX
        while READY_LINE not in said.read_text():
            if self._up.poll() is not None or time.monotonic() > deadline:
                self.down()
                raise AssertionError(f"Expected all parts to become ready, but they did not:\n{said.read_text()}")
            time.sleep(POLL_SECONDS)

    def down(self) -> None:
        """Stops it in order."""
        if self._up is not None:
            self._up.terminate()
            self._up.wait(STOP_SECONDS_MAX)
            self._up = None

    def opus(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """What the command line does and says on this home folder."""
        return subprocess.run(
            [sys.executable, "-m", MODULE, *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS_MAX,
            check=False,
        )

    def errors(self) -> list[str]:
        """What its parts called an error of their own, with what stood below it."""
        found: list[str] = []
        for said in sorted((self.home / "logs").glob("*.log")):
            lines = said.read_text(errors="replace").splitlines()
            found += [f"{said.name}: {line}" for line in lines if "[error" in line or "Error:" in line]
        return found[-ERROR_LINES_MAX:]

    def process(self, verb: str) -> psutil.Process:
        """The process that `opus up` runs as this part, once there is one."""
        assert self._up is not None
        up = psutil.Process(self._up.pid)
        deadline = time.monotonic() + READY_SECONDS_MAX
        while time.monotonic() < deadline:
            for child in up.children():
                with contextlib.suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
                    if child.cmdline()[-2:] == [MODULE, verb]:
                        return child
            time.sleep(POLL_SECONDS)
        raise AssertionError(f"Expected `opus up` to run `opus {verb}`, but it does not.")

    def kill(self, verb: str) -> None:
        """Kills a part with -9; `opus up` starts it again."""
        process = self.process(verb)
        process.kill()
        with contextlib.suppress(psutil.NoSuchProcess):
            process.wait(STOP_SECONDS_MAX)

    def kill_postgres(self) -> None:
        """Kills the leading process of the database with -9; `opus up` starts it again."""
        pid = self.server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    @contextlib.asynccontextmanager
    async def another(self, verb: str) -> AsyncIterator[tuple[str, int]]:
        """One more process of this part beside those of `opus up`: the URL it answers at if it is an API, and its pid."""
        port = free_port()
        environment = {**self.environment, "OPUS_PORT": str(port)}
        more = Part(
            f"another {verb}", [verb], self.home / f"another-{verb}.log", environment=environment, module=MODULE
        )
        await more.start()
        assert more.process is not None
        try:
            yield f"http://127.0.0.1:{port}", more.process.pid
        finally:
            await more.stop()
