"""Lists and rotates the keys of secrets: directly on the database, with no API in between."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from event_store.key_ring import new_key
from event_store.reader import Reader
from event_store.secrets import Resealed, Secrets
from runner.cli.database import some_database, telling_all
from runner.cli.output import console, errors, print_table
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


def rotate(*, reseal_only: bool) -> bool:
    """Adds a key, unless told otherwise, and seals all secrets under the newest; whether all of them could be."""
    settings = load_settings_or_exit()
    with telling_all(), some_database(settings) as named:
        newest, done = asyncio.run(_rotate(named, add=not reseal_only))
        all_are = "some could not be" if done.unreadable else f"all are sealed under the key {newest} now"
        console.print(f"{done.rows} secrets were sealed anew; {all_are}")
        for (_, credential, revision), why in done.unreadable.items():
            errors.print(f"revision {revision} of credential {credential} was left as it is: {why}", style="red")
        console.print("Older keys stay in the ring: backups made before need them.")
        return not done.unreadable
    return False


async def _counts(settings: Settings) -> list[tuple[str, str]]:
    async with _opened(settings) as secrets:
        ring, counts = await secrets.ring(), await secrets.counts()
        missing = [
            (key, f"{count}, but the ring does not have it") for key, count in counts.items() if key not in ring.keys
        ]
        return [*missing, *((key, str(counts.get(key, 0))) for key in ring.keys)]


async def _rotate(settings: Settings, *, add: bool) -> tuple[str, Resealed]:
    async with _opened(settings) as secrets:
        await secrets.ring()  # A first key is made where nothing was sealed yet.
        if add:
            secrets_source(settings).add()
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
