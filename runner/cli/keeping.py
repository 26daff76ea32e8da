"""Verifies the whole log, makes backups and brings them back: directly on the database, with no API in between."""

from __future__ import annotations

import asyncio
from pathlib import Path

from event_store.backup import Holdings, backup, restore
from event_store.verify import Finding, verify_log
from runner.cli.database import owner_dsn, some_database, telling_all
from runner.cli.output import console
from runner.compose import MIGRATION_FOLDERS, open_system
from runner.settings import Settings, load_settings_or_exit

ACTOR = "system:command line"


def verify_all() -> list[str]:
    """What is wrong anywhere in the log, a sentence each."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        last, found = asyncio.run(_findings(named))
        if not found:
            console.print(f"log intact, {last} events")
        return [_sentence(one) for one in found]


def make_backup(target: Path) -> None:
    """Writes a backup."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        made = backup(target, owner_dsn=owner_dsn(named), holdings=_holdings(settings))
        console.print(
            f"{target} holds all events up to position {made.last_position}. It holds the keys too: guard it."
        )


def restore_backup(source: Path) -> None:
    """Brings a backup back."""
    settings = load_settings_or_exit()
    with telling_all():
        dsn = None if settings.is_embedded else owner_dsn(settings)
        restored = restore(
            source, holdings=_holdings(settings), actor=ACTOR, owner_dsn=dsn, migrations=MIGRATION_FOLDERS
        )
        console.print(
            f"{settings.home} holds all events up to position {restored.manifest.last_position}; "
            f"epoch {restored.log.epoch} of the log began. `opus up` goes on from there."
        )


async def _findings(settings: Settings) -> tuple[int, list[Finding]]:
    async with open_system(settings, "projector") as system:
        return await system.reader.last_position(), [finding async for finding in verify_log(system.reader)]


def _sentence(found: Finding) -> str:
    where = f"position {found.position}"
    return (
        f"{where} ({found.stream}:{found.version}): {found.sentence}" if found.stream else f"{where}: {found.sentence}"
    )


def _holdings(settings: Settings) -> Holdings:
    return Holdings(home=settings.home, blobs=settings.blobs_folder, master_key_file=settings.master_key_file)
