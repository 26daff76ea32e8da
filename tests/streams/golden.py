"""The golden streams as files: a job with its reviews exactly as they were stored, and how the job stood then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from domain.jobs.state import Job
from event_store.units import Record

FOLDER = Path(__file__).parents[1] / "golden" / "streams"


@dataclass(frozen=True, slots=True)
class GoldenRecord:
    """A record as it stands in the log; its state is text, since records are UTF-8."""

    stream: str
    version: int
    topic: str
    state: str
    hash: str


@dataclass(frozen=True, slots=True)
class Golden:
    """A job and its reviews in the order of their positions, and what was kept beside the log for them."""

    workspace: str
    job: str
    blobs: Sequence[str]
    records: Sequence[GoldenRecord]
    stood: Mapping[str, Any]


def standing(job: Job) -> dict[str, Any]:
    """How a job stands, in words that do not depend on how its state is kept."""
    return {
        "status": job.status.value,
        "is_ending": job.is_ending,
        "running": sorted(run.text for run in job.running()),
        "waiting": sorted(run.text for run in job.waiting()),
        "held": sorted(run.text for run in job.held()),
        "tasks": {name: job.task_status(name).value for name in job.index.names},
    }


def names() -> list[str]:
    """The golden streams there are."""
    return sorted(file.stem for file in FOLDER.glob("*.json"))


def read(name: str) -> Golden:
    """A golden stream."""
    content = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return Golden(**{**content, "records": [GoldenRecord(**record) for record in content["records"]]})


def write(name: str, golden: Golden) -> None:
    """Keeps a golden stream for ever: one that exists is never written again."""
    with (FOLDER / f"{name}.json").open("x", encoding="utf-8") as file:
        json.dump(asdict(golden), file, indent=1, ensure_ascii=False)
        file.write("\n")


def as_golden(record: Record) -> GoldenRecord:
    """A record of the log."""
    return GoldenRecord(str(record.stream), record.version, record.topic, record.state.decode(), record.hash)


def lay_down(owner_dsn: str, golden: Golden) -> None:
    """Puts the records at the end of a log as they were stored, as a restored backup does."""
    with psycopg.connect(owner_dsn) as connection:
        found = connection.execute("select coalesce(max(notification_id), 0) from stored_events").fetchone()
        assert found is not None
        first = found[0] + 1
        for position, record in enumerate(golden.records, first):
            connection.execute(
                "insert into stored_events (originator_id, originator_version, notification_id, workspace, wake, topic, hash, state)"
                " values (%s, %s, %s, %s, false, %s, %s, %s)",
                (
                    UUID(record.stream),
                    record.version,
                    position,
                    UUID(golden.workspace),
                    record.topic,
                    bytes.fromhex(record.hash),
                    record.state.encode(),
                ),
            )
        last = first + len(golden.records) - 1
        connection.execute("insert into commits (first, last, at) values (%s, %s, clock_timestamp())", (first, last))
