"""`opus up` as a real process: what it says, which processes it runs, and the command line beside it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from typer.testing import CliRunner

from runner.cli.app import app
from runner.part import PARENT_FD

OPUS = [sys.executable, "-m", "runner.cli"]
READY = "all parts are ready"
WAIT_SECONDS_MAX = 60.0
POLL_SECONDS = 0.05


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def environment(home: Path, port: int, **more: str) -> dict[str, str]:
    """Nothing of this machine's settings, but these."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("OPUS_")}
    return {**others, "OPUS_HOME": str(home), "OPUS_PORT": str(port), **more}


def wait_for(condition: Callable[[], bool], what: str, seconds: float = WAIT_SECONDS_MAX) -> None:
    """Returns once the condition holds; fails with what was waited for."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"Expected {what} within {seconds} s."
        time.sleep(POLL_SECONDS)


def ended(processes: Iterable[psutil.Process]) -> bool:
    """Whether all of them have; one that only waits to be reaped has."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                return False
    return True


class Up:
    """One `opus up`."""

    def __init__(self, home: Path, port: int, **more: str) -> None:
        self.home, self.port = home, port
        self.environment = environment(home, port, **more)
        self.lines: list[str] = []
        # A test that is killed takes it along: the pipe's other end is open here alone.
        lifeline, held = os.pipe()
        self._lifeline = os.fdopen(held, "wb")
        self.process = subprocess.Popen(
            [*OPUS, "up"],
            env={**self.environment, PARENT_FD: str(lifeline)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            pass_fds=[lifeline],
            start_new_session=True,
        )
        os.close(lifeline)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, text: str, times: int = 1) -> None:
        """Waits until a line with this text was said so many times, or the process ended."""
        wait_for(lambda: self.said(text) >= times or self.process.poll() is not None, f"{text!r} after {self.lines}")
        self._reader.join(0 if self.process.poll() is None else WAIT_SECONDS_MAX)
        assert self.said(text) >= times, self.lines

    def said(self, text: str) -> int:
        """How many lines with this text were said."""
        return sum(text in line for line in list(self.lines))

    def part(self, verb: str) -> psutil.Process:
        """The process of a part."""
        (found,) = [child for child in psutil.Process(self.process.pid).children() if child.cmdline()[-1:] == [verb]]
        return found

    def processes(self) -> list[psutil.Process]:
        """Everything that runs because of it."""
        mine = psutil.Process(self.process.pid)
        return [mine, *mine.children(recursive=True)]

    def opus(self, *arguments: str, code: int = 0, stdin: str = "") -> str:
        """Runs a verb beside it, which must end with this exit code; returns what it said on both outputs."""
        done = subprocess.run(
            [*OPUS, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            input=stdin,
            timeout=WAIT_SECONDS_MAX,
            check=False,
        )
        said = done.stdout + done.stderr
        assert "Traceback" not in said, said
        assert done.returncode == code, said
        return said

    def fast(self, *arguments: str, code: int = 0, stdin: str = "", **more: str) -> str:
        """The same in this process, which spares the start of one."""
        with pytest.MonkeyPatch.context() as patch:
            for name in [name for name in os.environ if name.startswith("OPUS_")]:
                patch.delenv(name)
            settings = {name: value for name, value in self.environment.items() if name.startswith("OPUS_")}
            done = CliRunner().invoke(app, list(arguments), input=stdin, env={**settings, **more})
        assert isinstance(done.exception, SystemExit | None), done.exception
        assert done.exit_code == code, done.output
        return done.output

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Ends it as a person does; returns its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(WAIT_SECONDS_MAX)
        self._reader.join(WAIT_SECONDS_MAX)
        self._lifeline.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as said:
            for line in said:
                self.lines.append(line.rstrip())
