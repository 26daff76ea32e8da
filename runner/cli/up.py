"""`opus up`: the database and all parts, kept running until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime

import typer

from event_store.embedded import EmbeddedPostgres, EmbeddedPostgresRefusal
from runner.bootstrap import issue_admin_key, keep_key
from runner.cli.database import migrate_database, own_database, some_database, telling_all
from runner.cli.output import admin_key_file, console
from runner.compose import open_system
from runner.home import only_one
from runner.listening import listen
from runner.part import told_to_stop
from runner.settings import Settings, load_settings_or_exit
from runner.supervisor import Part, running

POSTGRES_CHECK_SECONDS = 0.5
POSTGRES_AGAIN_SECONDS = 5.0
INTERRUPTED_EXIT_CODE = 130


def up() -> None:
    """Runs all parts until told to stop."""
    settings = load_settings_or_exit()
    with telling_all(), _interruptible(), only_one(settings.home, _say) as held:
        listen(settings).close()
        with own_database(settings, _say) as named:
            migrate_database(named)
            asyncio.run(_run_all(named, EmbeddedPostgres(settings.home) if settings.is_embedded else None, held))


def make_key(label: str) -> None:
    """Makes a new admin key and keeps it in place of the one before."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        keep_key(admin_key_file(settings), asyncio.run(_issue(named, label)))
        console.print(f"A new admin key is in {admin_key_file(settings)}.")


def migrate() -> None:
    """Brings the database to the tables of this build."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        migrate_database(named)
        console.print("The database is up to date.")


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Before the parts run, SIGTERM ends what was begun as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    except KeyboardInterrupt:
        _say("interrupted")
        raise typer.Exit(INTERRUPTED_EXIT_CODE) from None


async def _run_all(settings: Settings, server: EmbeddedPostgres | None, held: int) -> None:
    """Runs the parts until told to stop."""
    async with told_to_stop() as stop:
        running_all = asyncio.create_task(_keep_all(settings, server, held))
        told = asyncio.create_task(stop.wait())
        await asyncio.wait({running_all, told}, return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        if not running_all.done():
            _say("stopping …")
            running_all.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running_all


async def _keep_all(settings: Settings, server: EmbeddedPostgres | None, held: int) -> None:
    key_file = admin_key_file(settings)
    if not key_file.exists():
        keep_key(key_file, await _issue(settings, "the first admin"))
        _say(f"the admin key is in {key_file}; should it be lost, `opus key` makes another")
    logs = settings.home / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    environment = {"OPUS_DATABASE_URL": settings.database_url or ""}
    parts = [
        Part(name, [verb], logs / f"{verb}.log", environment=environment, inherits=(held,), ready_says=says)
        for name, verb, says in (
            ("projector", "project", ""),
            ("runner", "work", ""),
            ("API", "serve", f" at {settings.api_url}"),
        )
    ]
    async with running(parts, _say), _postgres_kept_running(server):
        _say("all parts are ready; Ctrl-C stops them")
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def _postgres_kept_running(server: EmbeddedPostgres | None) -> AsyncIterator[None]:
    """Starts the embedded database again when it ends."""
    task = None if server is None else asyncio.create_task(_watch(server))
    try:
        yield
    finally:
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _watch(server: EmbeddedPostgres) -> None:
    while True:
        await asyncio.sleep(POSTGRES_CHECK_SECONDS)
        if await asyncio.to_thread(server.is_running):
            continue
        _say("database ended; starting it again")
        began = time.monotonic()
        try:
            await asyncio.to_thread(server.start)
        except (EmbeddedPostgresRefusal, OSError) as error:
            _say(str(error))
            await asyncio.sleep(POSTGRES_AGAIN_SECONDS)
        else:
            _say(f"database is ready, after {time.monotonic() - began:.1f} s")


async def _issue(settings: Settings, label: str) -> str:
    async with open_system(settings, "api") as system:
        text, _ = await issue_admin_key(system.dispatch, system.log.log, label=label)
        return text


def _say(line: str) -> None:
    console.print(f"{datetime.now(UTC).astimezone():%H:%M:%S} {line}")
