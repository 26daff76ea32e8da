"""The verifier: an intact log has no findings, and no byte of it can be changed unseen."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
import pytest

from event_store import verify as verify_module
from event_store.reader import Reader
from event_store.units import Append, Claim, Head
from event_store.verify import Finding, verify_log, verify_stream, verify_streams
from tests.conftest import Database
from tests.event_store.notes import Noted, connected, follow, new_id, running_journal, running_reader, unit

pytestmark = pytest.mark.anyio

STREAMS = 4
ROUNDS = 5
CHANGES = 60


@dataclass(frozen=True)
class Log:
    """A log with some streams, causes and claims, the owner's connection to it, and a reader."""

    owner: psycopg.Connection[Any]
    reader: Reader
    streams: list[UUID]

    async def findings(self) -> list[Finding]:
        """What the verifier finds in the whole log."""
        return [finding async for finding in verify_log(self.reader)]

    async def sentences(self) -> list[str]:
        """What it says."""
        return [finding.sentence for finding in await self.findings()]

    @contextmanager
    def changed(self, *statements: str) -> Iterator[None]:
        """The log as someone left it who may change everything; put back afterwards."""
        tables = ("stored_events", "claims", "commits")
        for table in tables:
            self.owner.execute(f"create table kept_{table} as table {table}".encode())
        try:
            for statement in statements:
                self.owner.execute(statement.encode())
            yield
        finally:
            for table in tables:
                self.owner.execute(f"delete from {table}; insert into {table} table kept_{table}".encode())
                self.owner.execute(f"drop table kept_{table}".encode())


@pytest.fixture
async def log(database: Database) -> AsyncIterator[Log]:
    streams = [new_id() for _ in range(STREAMS)]
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        heads = [Head()] * STREAMS
        for number in range(ROUNDS):
            for index, stream in enumerate(streams):
                causes = [None if number == 0 else f"{streams[index - 1]}:{heads[index - 1].version}", None]
                append = Append(stream, heads[index], stream, [Noted(text="ä note"), Noted(text="")], causes)
                claims = [Claim("command", f"{index}-{number}", stream, "d" * 64)] if number % 2 else []
                heads[index] = (await journal.append(unit(append, claims=claims))).heads[0]
        with connected(database.owner_dsn) as owner:
            yield Log(owner, reader, streams)


async def test_an_intact_log_has_no_findings(log: Log) -> None:
    assert await log.findings() == []
    for stream in log.streams:
        assert [finding async for finding in verify_stream(log.reader, stream)] == []


async def test_pages_make_no_difference(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify_module, "PAGE_EVENTS", 3)
    assert await log.findings() == []
    with log.changed("delete from stored_events where notification_id in (6, 7)"):
        assert "Expected a record at every position, but 6 to 7 are missing." in await log.sentences()


async def test_no_byte_can_be_changed_unseen(log: Log) -> None:
    chance = random.Random(2026)
    (last,) = log.owner.execute("select max(notification_id) from stored_events").fetchone() or (0,)
    for change in range(CHANGES):
        position = last if change < 5 else chance.randint(1, last)
        column = chance.choice(["state", "state", "hash", "topic"])
        column = "state" if change < 5 else column
        raw = "convert_to(topic, 'utf8')" if column == "topic" else column
        row = log.owner.execute(
            f"select {raw} from stored_events where notification_id = {position}".encode()
        ).fetchone()
        assert row is not None
        content = bytearray(row[0])
        place = chance.randrange(len(content))
        content[place] = (content[place] + chance.randint(1, 25)) % 128 or 1
        if bytes(content) == row[0]:
            continue
        value = f"'\\x{content.hex()}'::bytea"
        value = f"convert_from({value}, 'utf8')" if column == "topic" else value
        with log.changed(f"update stored_events set {column} = {value} where notification_id = {position}"):
            findings = await log.findings()
            assert position in [finding.position for finding in findings], (column, place, findings)


async def test_a_change_is_seen_where_it_is_also_when_its_hash_was_made_to_fit(log: Log) -> None:
    stream = log.streams[1]
    edit = (
        "update stored_events set state = convert_to(replace(convert_from(state, 'utf8'), 'ä note', 'a note'), 'utf8')"
        f" where originator_id = '{stream}' and originator_version = 3"
    )
    fit = (
        "update stored_events set hash = sha256('opus.record.1'::bytea || decode(replace(originator_id::text, '-', ''), 'hex')"
        " || int8send(originator_version) || '\\x000d'::bytea || convert_to(topic, 'utf8') || state)"
        f" where originator_id = '{stream}' and originator_version = 3"
    )
    with log.changed(edit, fit):
        found = [finding async for finding in verify_stream(log.reader, stream)]
        assert [(finding.stream, finding.version, finding.sentence) for finding in found] == [
            (stream, 4, "Expected it to name the hash of the record before it, but it names another."),
        ]


async def test_some_streams_are_verified_together_and_the_finding_names_its_stream(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verify_module, "PAGE_EVENTS", 3)
    chosen = log.streams[1:3]
    assert [finding async for finding in verify_streams(log.reader, chosen)] == []
    change = (
        "update stored_events set state = state || ' '::bytea where originator_id = '{}' and originator_version = 4"
    )
    with log.changed(change.format(chosen[1]), change.format(log.streams[0])):
        found = [(finding.stream, finding.version) async for finding in verify_streams(log.reader, chosen)]
        assert set(found) == {(chosen[1], 4)}
    with log.changed(f"delete from stored_events where originator_id = '{chosen[1]}' and originator_version < 3"):
        sentences = [finding.sentence async for finding in verify_streams(log.reader, chosen)]
        assert "Expected version 1 before it, but it is missing." in sentences


BESIDE = (
    ("update stored_events set workspace = gen_random_uuid() where notification_id = 9", "the workspace beside it"),
    ("delete from stored_events where notification_id = 9", "but 9 to 9 are missing"),
    ("delete from stored_events where notification_id = 41", "up to position 41, which were committed"),
    ("update stored_events set notification_id = 99 where notification_id = 9", "Expected positions to rise"),
    ("update stored_events set originator_version = 99 where notification_id = 9", "be that of its bytes"),
    (
        "update stored_events set originator_id = gen_random_uuid() where notification_id = 9",
        "be that of its bytes",
    ),
    ("delete from claims where key = '0-1'", "in the table of claims, but it is missing"),
    ("update claims set digest = 'e' where key = '0-1'", "as the envelope names it, but it differs"),
    ("update claims set last_version = 9 where key = '0-1'", "as the envelope names it, but it differs"),
    ("update claims set key = 'other' where key = '0-1'", "a record that makes the claim command"),
    (
        "insert into claims select workspace, 'invented', key, stream, first_version, last_version, digest from claims",
        "a record that makes the claim invented",
    ),
)


async def test_what_stands_beside_the_bytes_is_compared_with_them(log: Log) -> None:
    for statement, sentence in BESIDE:
        with log.changed(statement):
            assert [said for said in await log.sentences() if sentence in said] != [], statement
    assert await log.findings() == []


async def test_a_cause_stands_before_its_effect(database: Database) -> None:
    one, other = new_id(), new_id()
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        for stream, cause in ((one, f"{other}:1"), (other, f"{one}:7"), (new_id(), "nonsense")):
            await journal.append(unit(Append(stream, Head(), stream, [Noted(text="")], [cause])))
        assert [(finding.position, finding.sentence) async for finding in verify_log(reader)] == [
            (2, "Expected its cause to stand before it, but it stands after it."),
            (3, f"Expected its cause {one}:7 in the log, but it is missing."),
            (4, "Expected its cause as stream:version, but it is written otherwise."),
        ]


async def test_a_stream_whose_middle_is_missing_is_told(log: Log) -> None:
    stream = log.streams[0]
    with log.changed(f"delete from stored_events where originator_id = '{stream}' and originator_version = 4"):
        found = [finding.sentence async for finding in verify_stream(log.reader, stream)]
        assert found == [
            "Expected version 4 before it, but it is missing.",
            "Expected version 4 of its stream, but it is missing.",
        ]


async def test_verifying_goes_on_while_others_append(log: Log, database: Database) -> None:
    async with running_journal(database.service_dsn) as journal:
        appending = [journal.append(unit(follow(new_id(), events=5))) for _ in range(100)]
        found, _ = await asyncio.gather(log.findings(), asyncio.gather(*appending))
    assert found == []
