"""`opus verify`, `backup` and `restore`: that the record is what was written, and that it is not lost."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from event_store.backup import Holdings, backup, restore
from event_store.verify import Finding, verify_log
from runner.cli.database import owner_dsn, some_database
from runner.cli.finding import NotFound
from runner.cli.output import REFUSED_EXIT_CODE, console, errors, speaking, telling
from runner.compose import MIGRATION_FOLDERS, open_system
from runner.settings import Settings, load_settings_or_exit

ACTOR = "system:command line"
FINDINGS_SHOWN_MAX = 100

_INTEGRITY = """
query ($id: ID!) { job(id: $id) { integrity { intact events findings { version message } } } }
"""


def verify(
    job: Annotated[
        str | None,
        typer.Argument(help="Id of a job; without one, the whole log is verified in the database.", show_default=False),
    ] = None,
) -> None:
    """Recompute hashes and chains. Exit code 1 and what was found, when a record is not what was written."""
    found = _verify_all() if job is None else _verify_job(job)
    for sentence in found[:FINDINGS_SHOWN_MAX]:
        errors.print(sentence, style="red")
    if found:
        raise typer.Exit(REFUSED_EXIT_CODE)


def backup_command(
    target: Annotated[
        Path, typer.Argument(help="A folder to be made, or a file whose name ends in .tar.", show_default=False)
    ],
) -> None:
    """Write everything worth keeping (database, files, keys) into a new folder or file, while the system runs."""
    settings = load_settings_or_exit()
    with telling(), some_database(settings) as named:
        made = backup(target, owner_dsn=owner_dsn(named), holdings=_holdings(settings))
        console.print(
            f"{target} holds all events up to position {made.last_position}. It holds the keys too: guard it."
        )


def restore_command(
    source: Annotated[Path, typer.Argument(help="A backup: a folder or a .tar file.", show_default=False)],
) -> None:
    """Bring a backup into an empty OPUS_HOME (and the empty database of OPUS_DATABASE_URL, if set); a new epoch of the log begins."""
    settings = load_settings_or_exit()
    with telling():
        dsn = None if settings.is_embedded else owner_dsn(settings)
        restored = restore(
            source, holdings=_holdings(settings), actor=ACTOR, owner_dsn=dsn, migrations=MIGRATION_FOLDERS
        )
        console.print(
            f"{settings.home} holds all events up to position {restored.manifest.last_position}; "
            f"epoch {restored.log.epoch} of the log began. `opus up` goes on from there."
        )


def _verify_job(job_id: str) -> list[str]:
    with speaking() as client:
        job = client.query(_INTEGRITY, id=job_id)["job"]
        if job is None:
            raise NotFound(f'Expected the id of a job, but there is no "{job_id}".')
        integrity = job["integrity"]
        if integrity["intact"]:
            console.print(f"chain intact, {integrity['events']} events")
        return [f"version {found['version']}: {found['message']}" for found in integrity["findings"]]


def _verify_all() -> list[str]:
    settings = load_settings_or_exit()
    with telling(), some_database(settings) as named:
        last, found = asyncio.run(_findings(named))
        if not found:
            console.print(f"log intact, {last} events")
        return [_place(one) for one in found]


async def _findings(settings: Settings) -> tuple[int, list[Finding]]:
    async with open_system(settings, "projector") as system:
        return await system.reader.last_position(), [finding async for finding in verify_log(system.reader)]


def _place(found: Finding) -> str:
    where = f"position {found.position}"
    return (
        f"{where} ({found.stream}:{found.version}): {found.sentence}" if found.stream else f"{where}: {found.sentence}"
    )


def _holdings(settings: Settings) -> Holdings:
    return Holdings(home=settings.home, blobs=settings.blobs, master_key_file=settings.master_key_file)
