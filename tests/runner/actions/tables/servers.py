"""Real counterparts on loopback: PostgreSQL over TCP, MariaDB of Debian, and an HTTP server; each ends with its block."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pymysql
from psycopg.conninfo import conninfo_to_dict

MARIADB = Path("/usr/sbin/mariadbd")
START_SECONDS_MAX = 60.0


@contextlib.contextmanager
def over_tcp(dsn: str, tls: ssl.SSLContext | None = None) -> Iterator[dict[str, Any]]:
    """The values of a credential for a PostgreSQL that listens on a socket file: a port of loopback leads there, `tls`: by TLS alone."""
    parts = conninfo_to_dict(dsn)
    behind = f"{parts['host']}/.s.PGSQL.{parts.get('port', 5432)}"
    listening = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=_accept, args=(listening, behind, tls), daemon=True).start()
    try:
        yield {
            "driver": "postgresql",
            "host": "127.0.0.1",
            "port": listening.getsockname()[1],
            "database": parts["dbname"],
            "username": parts["user"],
            "password": parts["password"],
            "tls": "none",
        }
    finally:
        listening.close()


SSL_REQUEST = bytes.fromhex("0000000804d2162f")
"""What a client of PostgreSQL begins with to go on by TLS."""


def _accept(listening: socket.socket, behind: str, tls: ssl.SSLContext | None) -> None:
    with contextlib.suppress(OSError):
        while True:
            one, _ = listening.accept()
            threading.Thread(target=_lead, args=(one, behind, tls), daemon=True).start()


def _lead(one: socket.socket, behind: str, tls: ssl.SSLContext | None) -> None:
    with one, contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as other:
        if tls is not None:
            if one.recv(len(SSL_REQUEST), socket.MSG_WAITALL) != SSL_REQUEST:
                return
            one.sendall(b"S")
            one = tls.wrap_socket(one, server_side=True)
        other.connect(behind)
        _between(one, other)


@contextlib.contextmanager
def without_tls(values: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The values of a credential that lead to a MariaDB past someone who hides from its clients that it offers TLS."""
    listening = socket.create_server(("127.0.0.1", 0))

    def attack() -> None:
        with contextlib.suppress(OSError):
            one, _ = listening.accept()
            other = socket.create_connection((values["host"], values["port"]))
            greeting = bytearray(other.recv(65_536))
            flags = greeting.index(0, 5) + 1 + 4 + 8 + 1  # Behind the version, the number of the thread and a salt.
            greeting[flags + 1] &= ~0x08
            one.sendall(greeting)
            _between(one, other)

    threading.Thread(target=attack, daemon=True).start()
    try:
        yield values | {"port": listening.getsockname()[1]}
    finally:
        listening.close()


def _between(one: socket.socket, other: socket.socket) -> None:
    with one, other:
        back = threading.Thread(target=_pass_on, args=(other, one), daemon=True)
        back.start()
        _pass_on(one, other)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def mariadb(certificate: tuple[Path, Path]) -> Iterator[dict[str, Any]]:
    """The values of a credential for a MariaDB with an empty database `shop`, which offers TLS with this certificate and key."""
    folder = Path(tempfile.mkdtemp(prefix="opus-mariadb-"))
    data, gate = folder / "data", folder / "s"
    quick = ["--no-defaults", f"--datadir={data}", "--user=root"]
    subprocess.run(
        ["mariadb-install-db", *quick, "--auth-root-authentication-method=normal", "--skip-test-db"],
        check=True,
        capture_output=True,
    )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [f"--socket={gate}", "--bind-address=127.0.0.1", f"--port={port}", "--innodb-flush-log-at-trx-commit=0"]
    options += [f"--ssl-cert={certificate[0]}", f"--ssl-key={certificate[1]}"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([MARIADB, *quick, *options], stdout=log, stderr=log)
    try:
        root = _connected(gate, process)
        with root, root.cursor() as cursor:
            cursor.execute("create database shop character set utf8mb4")
            cursor.execute("create user 'opus'@'127.0.0.1' identified by 'p''w'")
            cursor.execute("grant all on shop.* to 'opus'@'127.0.0.1'")
        yield {
            "driver": "mysql",
            "host": "127.0.0.1",
            "port": port,
            "database": "shop",
            "username": "opus",
            "password": "p'w",
            "tls": "none",
        }
    finally:
        process.kill()
        process.wait()
        shutil.rmtree(folder)


def _connected(gate: Path, process: subprocess.Popen[bytes]) -> pymysql.connections.Connection[Any]:
    deadline = time.monotonic() + START_SECONDS_MAX
    while True:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as tried:
            tried.connect(str(gate))
            break
        assert time.monotonic() < deadline
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            raise AssertionError("MariaDB does not start")
    return pymysql.connect(unix_socket=str(gate), user="root")


@dataclass(slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Web:
    """An HTTP server: what it answers, and what it was asked."""

    port: int = 0
    answers: dict[str, tuple[int, dict[str, str], bytes]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def url(self, path: str) -> str:
        """The URL of a path on it."""
        return f"http://127.0.0.1:{self.port}{path}"


@contextlib.contextmanager
def web() -> Iterator[Web]:
    """A server that answers as it is told, `/broken` with less than it promises."""
    made = Web()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            size = int(self.headers.get("Content-Length") or 0)
            made.asked.append(Asked(self.command, self.path, dict(self.headers.items()), self.rfile.read(size)))
            path = self.path.partition("?")[0]
            status, headers, body = made.answers.get(path, (404, {}, b"nothing here"))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_POST = do_GET  # noqa: N815 - names that the library looks for

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    made.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def as_json(rows: list[dict[str, Any]]) -> bytes:
    """Rows as a document."""
    return json.dumps(rows).encode()
