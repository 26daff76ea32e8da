"""Lists and rotates the keys of secrets: directly on the database, with no API in between."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from event_store.key_ring import new_key
from event_store.reader import Reader
from event_store.secrets import Secrets, SecretUnreadable
from runner.cli.database import some_database, telling_all
from runner.cli.output import console, print_table, telling
from runner.compose import secrets_source
from runner.settings import Settings, load_settings_or_exit


def list_keys() -> None:
    """Tells the ids of the keys."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        print_table(("key", "seals"), asyncio.run(_counts(named)))


def print_new_key() -> None:
    """Prints a key, and nothing else."""
    sys.stdout.write(f"{new_key()}\n")


def rotate(*, reseal_only: bool) -> None:
    """Adds a key, unless told otherwise, and seals all secrets under the newest."""
    settings = load_settings_or_exit()
    with telling_all(), telling(SecretUnreadable), some_database(settings) as named:
        if not reseal_only:
            secrets_source(settings).add()
        newest, done = asyncio.run(_reseal(named))
        console.print(f"{done} secrets were sealed anew; all are sealed under the key {newest} now")
        console.print("Older keys stay in the ring: backups made before need them.")


async def _counts(settings: Settings) -> list[tuple[str, str]]:
    async with _opened(settings) as secrets:
        ring, counts = await secrets.ring(), await secrets.counts()
        missing = [
            (key, f"{count}, but the ring does not have it") for key, count in counts.items() if key not in ring.keys
        ]
        return [*missing, *((key, str(counts.get(key, 0))) for key in ring.keys)]


async def _reseal(settings: Settings) -> tuple[str, int]:
    async with _opened(settings) as secrets:
        done = await secrets.reseal()
        return (await secrets.ring()).newest, done


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Secrets]:
    """The secrets of a database, as long as the block lasts."""
    reader = Reader(settings.database_url or "")
    await reader.start()
    try:
        yield Secrets(reader, secrets_source(settings))
    finally:
        await reader.stop()
