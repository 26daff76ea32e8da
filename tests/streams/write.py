"""Writes the golden streams that are not there yet, with the deciders and the store of today: `python -m tests.streams.write`."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import uuid4

from domain.jobs import scheduling
from domain.jobs.state import Job
from domain.values import BLOB
from domain.workflows.compile import graph_bytes
from event_store.embedded import EmbeddedPostgres
from event_store.migrations import migrate
from runner.compose import MIGRATION_FOLDERS, ApiSystem, open_system
from runner.settings import Settings
from tests.streams.composed import EVERY_STORY
from tests.streams.golden import Golden, as_golden, names, standing, write
from tests.streams.stories import Story, Teller


async def tell(system: ApiSystem, story: Story) -> Golden:
    """One story, as the log keeps it."""
    graph, happens = story
    workspace, blobs = uuid4(), [graph_bytes(graph)]

    async def store(content: bytes) -> dict[str, Any]:
        blobs.append(content)
        ref = await system.blobs.put(workspace, content, "application/json")
        return {BLOB: {"v": 1, "hash": ref.hash, "size": ref.size, "type": ref.type}}

    graph_ref = await system.blobs.put(workspace, blobs[0], "application/json")
    teller = Teller(system.dispatch, graph, graph_ref.hash, store, workspace)
    await happens(teller)
    job: Job
    job, _ = await system.dispatch.load("job", teller.job_id, workspace)
    streams = [stream for _, stream in teller.streams]
    records = [record for stream in streams for record in await system.reader.read_stream(stream)]
    return Golden(
        workspace=str(workspace),
        job=str(teller.job_id),
        blobs=[blob.decode() for blob in blobs],
        records=[as_golden(record) for record in sorted(records, key=lambda record: record.position)],
        stood=standing(job),
    )


async def write_missing(settings: Settings) -> None:
    """Writes every story that has no file."""
    async with open_system(settings, "api") as system:
        for name in sorted(EVERY_STORY.keys() - set(names())):
            unit_max = 3 if name == "is_ending" else scheduling.ENDING_CANCELLATIONS_MAX
            with patch.object(scheduling, "ENDING_CANCELLATIONS_MAX", unit_max):
                write(name, await tell(system, EVERY_STORY[name]))
            sys.stdout.write(f"{name}\n")


def main() -> None:
    """On a database of its own."""
    folder = Path(tempfile.mkdtemp(prefix="opus-golden-"))
    folder.chmod(0o711)
    server = EmbeddedPostgres(folder)
    try:
        server.start()
        migrate(server.ensure_database(), MIGRATION_FOLDERS)
        settings = Settings(
            home=folder,
            database_url=server.service_dsn(),
            blobs=(folder / "blobs").as_uri(),
            master_key_file=folder / "key",
        )
        asyncio.run(write_missing(settings))
    finally:
        server.destroy()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
