"""Any byte of any stored event that is changed behind the system's back is found: by `opus verify` and by the job's integrity."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, LiteralString

import psycopg
import pytest

from event_store.units import Record
from tests.acceptance.client import Client
from tests.acceptance.designs import chain, is_shown_as_completed, start
from tests.acceptance.installation import Installation
from tests.acceptance.log import Log, until

pytestmark = pytest.mark.anyio

_INTEGRITY = "query ($id: ID!) { job(id: $id) { integrity { intact events findings { version message } } } }"


async def test_one_changed_byte_of_any_event_is_found(installation: Installation, admin: Client, log: Log) -> None:
    job = await start(admin, await chain(admin, (0, 0, 0)))
    # Before it is tampered with, so that the read models have seen it as it was.
    await until(lambda: is_shown_as_completed(admin, job), "the job")
    before = await log.position()
    records = [record for record in await log.records() if str(record.stream) == job]
    chance = random.Random(before)
    for record in records:
        for place in {0, len(record.state) - 1, *(chance.randrange(len(record.state)) for _ in range(3))}:
            changed = bytearray(record.state)
            changed[place] ^= 1 << chance.randrange(7)
            with tampered(installation, record, "state", bytes(changed), record.state):
                integrity = await integrity_of(admin, job)
                assert not integrity["intact"], f"byte {place} of {record.topic}"
                assert record.version in {found["version"] for found in integrity["findings"]}
    other = "job.completed.v1" if records[0].topic != "job.completed.v1" else "job.failed.v1"
    with tampered(installation, records[0], "topic", other, records[0].topic):
        assert not (await integrity_of(admin, job))["intact"]
    with tampered(installation, records[-1], "hash", bytes(32), bytes.fromhex(records[-1].hash)):
        assert not (await integrity_of(admin, job))["intact"]
    assert await integrity_of(admin, job) == {"intact": True, "events": len(records), "findings": []}


async def test_opus_verify_finds_the_byte_and_says_where_the_last_of_a_stream_included(
    installation: Installation, admin: Client, log: Log
) -> None:
    job = await start(admin, await chain(admin, (0,)))
    # Before it is tampered with, so that the read models have seen it as it was.
    await until(lambda: is_shown_as_completed(admin, job), "the job")
    records = await log.records()
    last_of_job = next(record for record in reversed(records) if str(record.stream) == job)
    for record in (records[len(records) // 2], last_of_job, records[-1]):
        changed = record.state[:-3] + bytes([record.state[-3] ^ 1]) + record.state[-2:]
        with tampered(installation, record, "state", changed, record.state):
            said = installation.opus("verify")
            assert said.returncode == 1
            assert f"position {record.position} ({record.stream}:{record.version})" in said.stderr
            assert "Traceback" not in said.stderr
    with tampered(installation, last_of_job, "state", last_of_job.state.replace(b"}", b"]", 1), last_of_job.state):
        said = installation.opus("verify", job)
        assert said.returncode == 1
        assert f"version {last_of_job.version}: " in said.stderr
    said = installation.opus("verify")
    assert (said.returncode, said.stderr) == (0, "")
    assert f"log intact, {len(records)} events" in said.stdout


@contextmanager
def tampered(
    installation: Installation, record: Record, column: LiteralString, changed: Any, right: Any
) -> Iterator[None]:
    """A column of a stored event changed by the owner of the table, and put right afterwards."""
    query = f"update stored_events set {column} = %s where originator_id = %s and originator_version = %s"
    with psycopg.connect(installation.server.owner_dsn(), autocommit=True) as owner:
        assert owner.execute(query, (changed, record.stream, record.version)).rowcount == 1
        try:
            yield
        finally:
            owner.execute(query, (right, record.stream, record.version))


async def integrity_of(client: Client, job: str) -> dict[str, Any]:
    """What the API finds when it computes the job's chain anew."""
    integrity: dict[str, Any] = (await client.ask(_INTEGRITY, id=job))["integrity"]
    return integrity
