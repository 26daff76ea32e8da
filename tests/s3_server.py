"""A real S3 server for tests: SeaweedFS on loopback, its data in a folder of its own, gone with the block."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

KEY_ID = "opus"
SECRET = "opus-secret"
REGION = "us-east-1"
START_SECONDS_MAX = 60.0
_PROGRAM = Path(sys.executable).with_name("weed")


@dataclass
class S3Server:
    """A server that can be ended and started again on the same data."""

    folder: Path
    endpoint: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which a client may use it."""
        return {"AWS_ACCESS_KEY_ID": KEY_ID, "AWS_SECRET_ACCESS_KEY": SECRET}

    def url(self, bucket: str, prefix: str = "") -> str:
        """A place on it, as the setting of the blob store names it; a bucket is made by the first who writes to it."""
        return f"s3://{bucket}/{prefix}?endpoint={self.endpoint}&region={REGION}"

    def start(self) -> None:
        """Starts it, and returns when it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS_MAX
        host, port = self.endpoint.removeprefix("http://").split(":")
        while True:
            with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 0.5):
                return
            assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < deadline, "the S3 server does not start"

    def stop(self) -> None:
        """Ends it at once."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@contextlib.contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server with one user, running as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="opus-s3-"))
    user = {
        "name": KEY_ID,
        "credentials": [{"accessKey": KEY_ID, "secretKey": SECRET}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    (folder / "users.json").write_text(json.dumps({"identities": [user]}))
    names = ("master", "volume", "filer", "s3")
    numbers = _free_ports(8)
    options = [
        *(f"-{name}.port={port}" for name, port in zip(names, numbers[:4], strict=True)),
        *(f"-{name}.port.grpc={port}" for name, port in zip(names, numbers[4:], strict=True)),
    ]
    command = [
        *(str(_PROGRAM), "server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}", "-filer", "-s3"),
        *options,
        *(f"-s3.config={folder}/users.json", "-volume.max=20", "-master.volumeSizeLimitMB=64"),
        *("-volume.preStopSeconds=0", "-s3.port.iceberg=0"),
    ]
    server = S3Server(folder, f"http://127.0.0.1:{numbers[3]}", command)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


def _free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
