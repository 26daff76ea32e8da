"""The embedded server: started once, found again by whoever comes later, stopped on purpose only."""

import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from event_store.embedded import processes
from event_store.embedded.account import Account, account_for_postgres
from event_store.embedded.binaries import Binaries, executable_by, find_binaries
from event_store.embedded.cluster import ENVIRONMENT, OWNER_ROLE, SERVICE_ROLE, create_cluster, write_settings
from event_store.embedded.place import PORT, Place, find_place, prepare_place
from event_store.embedded.refusals import EmbeddedPostgresRefusal

DATABASE_DEFAULT = "opus"
START_SECONDS = 120.0  # Recovery after a crash replays what the last checkpoint left, at most some gigabytes.
LOCK_SECONDS = START_SECONDS + 60.0
ORPHAN_SECONDS = 5.0
FAST_STOP_SECONDS = 20.0
IMMEDIATE_STOP_SECONDS = 10.0
CONNECT_SECONDS = 10
LOG_LINES_SHOWN = 5


@dataclass(frozen=True)
class RunningServer:
    """A server that accepts connections."""

    pid: int
    version: str
    socket_folder: Path
    port: int


class EmbeddedPostgres:
    """A PostgreSQL in a folder; as many objects and processes as like may share one."""

    def __init__(
        self, folder: Path, *, binaries: Path | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        """Name the folder, and perhaps other programs or settings; nothing is touched yet."""
        self._folder = folder.resolve()
        self._binaries_given = binaries
        self._settings = dict(settings or {})

    def __enter__(self) -> Self:
        """Start the server."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the server."""
        self.stop()

    def start(self) -> RunningServer:
        """Set up what is missing and start the server, or find the one already running; returns once it answers."""
        account = account_for_postgres()
        self._prepare_home()
        with self._locked():
            place = prepare_place(self._folder, account)
            self._check_owner(place, account)
            binaries = find_binaries(self._binaries_given, place.data_major)
            if processes.find_postmaster(place.data) is None:
                runnable = executable_by(account, binaries)
                if place.data_major is None:
                    create_cluster(place, runnable, account, self._settings)
                self._end_orphans(place)
                processes.drop_stale_locks(place.data, place.socket_folder)
                write_settings(place.data, place, account, self._settings)
                self._launch(place, runnable, account)
            return self._wait_until_ready(place, binaries)

    def stop(self) -> None:
        """End the server by its pid: quickly but in order, then at once; stopping twice is not an error."""
        if not find_place(self._folder).data.exists():
            return
        with self._locked():
            data = find_place(self._folder).data
            pid = processes.find_postmaster(data)
            for how, seconds in ((signal.SIGINT, FAST_STOP_SECONDS), (signal.SIGQUIT, IMMEDIATE_STOP_SECONDS)):
                if pid is None or _ends(pid, data, how, seconds):
                    return
            message = f"Expected PostgreSQL (process {pid}) to stop, but it still runs; its disk may not answer."
            raise EmbeddedPostgresRefusal(message)

    def destroy(self) -> None:
        """Stop the server and delete its data and everything else it keeps. There is no way back."""
        self.stop()
        place = find_place(self._folder)
        for folder in {place.socket_folder, place.root, place.home}:
            shutil.rmtree(folder, ignore_errors=True)

    def is_running(self) -> bool:
        """Whether the server's process lives; it may still be recovering."""
        return self.pid is not None

    @property
    def pid(self) -> int | None:
        """The process that leads the server, or None when it does not run."""
        return processes.find_postmaster(find_place(self._folder).data)

    @property
    def data_folder(self) -> Path:
        """PostgreSQL's data directory."""
        return find_place(self._folder).data

    def bin(self, name: str) -> Path:
        """The path of one of the programs that fit this server, for example `pg_dump`."""
        return self._binaries().program(name)

    def owner_dsn(self, database: str = DATABASE_DEFAULT) -> str:
        """How the owner connects, who migrates."""
        return self._dsn(OWNER_ROLE, database)

    def service_dsn(self, database: str = DATABASE_DEFAULT) -> str:
        """How the running parts connect, who may only do what migrations granted."""
        return self._dsn(SERVICE_ROLE, database)

    def ensure_database(self, database: str = DATABASE_DEFAULT) -> str:
        """Create the database unless it is there; returns the owner's DSN of it."""
        with psycopg.connect(self.owner_dsn("postgres"), autocommit=True, connect_timeout=CONNECT_SECONDS) as session:
            found = session.execute("SELECT FROM pg_database WHERE datname = %s", (database,)).fetchone()
            if found is None:
                # Another process may be faster.
                with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
                    session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.owner_dsn(database)

    def _binaries(self) -> Binaries:
        return find_binaries(self._binaries_given, find_place(self._folder).data_major)

    def _dsn(self, role: str, database: str) -> str:
        place = find_place(self._folder)
        socket_folder = quote(str(place.socket_folder), safe="")
        return (
            f"postgresql://{role}:{place.password(role)}@/{quote(database, safe='')}?host={socket_folder}&port={PORT}"
        )

    def _prepare_home(self) -> None:
        # As root the server's account must be able to pass through folders that we make ourselves, and only those.
        missing = [path for path in (self._folder, *self._folder.parents) if not path.exists()]
        for path in [*reversed(missing), self._folder / "postgres"]:
            if not path.exists():
                path.mkdir(exist_ok=True)
                path.chmod(0o711 if os.geteuid() == 0 else 0o700)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Only one process at a time starts or stops this server."""
        lock = find_place(self._folder).lock
        with lock.open("a") as stream:

            def taken() -> bool:
                try:
                    fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    return False
                return True

            if not processes.wait_until(taken, LOCK_SECONDS):
                message = f"Expected to lock {lock} within {LOCK_SECONDS:.0f} s, but another process holds it."
                raise EmbeddedPostgresRefusal(message)
            yield

    def _check_owner(self, place: Place, account: Account) -> None:
        if not place.data.exists():
            return
        owner = place.data.stat().st_uid
        if owner != account.uid:
            message = (
                f"Expected {place.data} to belong to {account.name}, but it belongs to the user number {owner}; "
                "run as the user who first started it, or choose another home folder (OPUS_HOME)."
            )
            raise EmbeddedPostgresRefusal(message)

    def _end_orphans(self, place: Place) -> None:
        """After a kill -9 of the postmaster its children leave by themselves; one busy in a query is helped."""
        for how in (signal.SIGQUIT, signal.SIGKILL):
            if processes.wait_until(lambda: not processes.list_processes(place.data), ORPHAN_SECONDS):
                return
            processes.end_processes(processes.list_processes(place.data), how)
        if not processes.wait_until(lambda: not processes.list_processes(place.data), ORPHAN_SECONDS):
            message = f"Expected the processes left of a killed PostgreSQL on {place.data} to end, but they do not."
            raise EmbeddedPostgresRefusal(message)

    def _launch(self, place: Place, binaries: Binaries, account: Account) -> None:
        output = place.log / "startup.log"
        with output.open("wb") as stream:
            # A session of its own: ctrl-C in the terminal reaches us, and we stop PostgreSQL last.
            child = subprocess.Popen(
                [str(binaries.program("postgres")), "-D", str(place.data)],
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=ENVIRONMENT,
                start_new_session=True,
                **account.identity,
            )
        processes.keep_child(child)
        deadline = time.monotonic() + START_SECONDS
        while processes.find_postmaster(place.data) != child.pid:
            if child.poll() is not None or time.monotonic() > deadline:
                raise EmbeddedPostgresRefusal(_why_not_started(place))
            time.sleep(processes.POLL_SECONDS)

    def _wait_until_ready(self, place: Place, binaries: Binaries) -> RunningServer:
        deadline = time.monotonic() + START_SECONDS
        while True:
            pid = processes.find_postmaster(place.data)
            if pid is None:
                raise EmbeddedPostgresRefusal(_why_not_started(place))
            if (status := processes.read_pid_file(place.data)) is not None and status.ready and self._answers():
                return RunningServer(pid, binaries.version, place.socket_folder, PORT)
            if time.monotonic() > deadline:
                message = (
                    f"Expected PostgreSQL to accept connections within {START_SECONDS:.0f} s, but it still recovers; "
                    f"it goes on doing so: start again later, and see {place.log}."
                )
                raise EmbeddedPostgresRefusal(message)
            time.sleep(processes.POLL_SECONDS)

    def _answers(self) -> bool:
        """Whether the server takes our password, which only the one of this folder knows."""
        try:
            with psycopg.connect(self.owner_dsn("postgres"), connect_timeout=CONNECT_SECONDS):
                return True
        except psycopg.OperationalError as error:
            if "password authentication failed" in str(error):
                message = (
                    f"Expected the running PostgreSQL to take the password in {self._folder}/postgres/passwords, "
                    "but it does not; was the folder copied, or a password file replaced?"
                )
                raise EmbeddedPostgresRefusal(message) from error
            return False


def _ends(pid: int, data: Path, how: signal.Signals, seconds: float) -> bool:
    processes.end_processes([pid], how)
    ended = processes.wait_until(lambda: not processes.works_on(pid, data), seconds)
    processes.reap_children()
    return ended


def _why_not_started(place: Place) -> str:
    files = sorted(place.log.glob("*.log"), key=lambda file: file.stat().st_mtime)
    lines = [line for file in files[-2:] for line in file.read_text(errors="replace").splitlines() if line.strip()]
    shown = "\n".join(lines[-LOG_LINES_SHOWN:])
    return f"Expected PostgreSQL to start, but it ended; its log in {place.log} says:\n{shown}"
