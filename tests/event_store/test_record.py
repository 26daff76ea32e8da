"""The record as it stands in the log: its bytes and hashes never change again."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_store.batches import prepare
from event_store.envelope import MalformedState, envelope_json, event_json, moment, read_envelope, read_root, read_time
from event_store.hashing import record_hash
from event_store.units import UNIT_STREAMS_MAX, Append, Claim, Head, Origin, Unit
from tests.event_store.notes import ORIGIN, WORKSPACE, WRITER, Noted, follow, new_id, unit

RECORDS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "golden" / "records.json").read_text(encoding="utf-8"),
)["records"]
NOW = datetime(2026, 11, 22, 13, 24, 57, 1, tzinfo=UTC)
JOB, REVIEW = UUID(RECORDS[0]["stream"]), UUID(RECORDS[2]["stream"])


def golden_unit() -> Unit:
    """The unit whose records are the golden ones."""
    origin = Origin(
        actor="member:01a20382-0000-7000-8000-000000000002",
        workspace=WORKSPACE,
        on_behalf_of="key:01a20382-0000-7000-8000-000000000003",
        command_id="c-1",
        request_id="r-1",
    )
    first = Noted(text='Größe "5" },"event": ✓')
    job = Append(JOB, Head(), JOB, [first, Noted(text="second", number=1.5)], [None, f"{JOB}:1"])
    head = Head(7, "cd" * 32, NOW - timedelta(days=1), JOB)
    review = Append(REVIEW, head, JOB, [Noted(text="", number=3)], [f"{JOB}:2"])
    return Unit(origin, [job, review], [Claim("command", "c-1", JOB, "ab" * 32)])


@pytest.mark.parametrize("record", RECORDS, ids=["first", "second", "other-stream"])
def test_the_hash_of_a_record_is_as_it_always_was(record: dict[str, Any]) -> None:
    digest = record_hash(UUID(record["stream"]), record["version"], record["topic"], record["state"].encode())
    assert digest.hex() == record["hash"]


def test_the_bytes_of_a_unit_are_as_they_always_were() -> None:
    prepared = prepare(golden_unit(), NOW, WRITER)
    assert [row.state.decode() for row in prepared.rows] == [record["state"] for record in RECORDS]
    assert [row.hash.hex() for row in prepared.rows] == [record["hash"] for record in RECORDS]


def test_an_envelope_is_read_back_whole() -> None:
    envelope = read_envelope(RECORDS[0]["state"].encode())
    assert (envelope.actor, envelope.on_behalf_of) == (
        "member:01a20382-0000-7000-8000-000000000002",
        "key:01a20382-0000-7000-8000-000000000003",
    )
    assert (envelope.workspace, envelope.time, envelope.root) == (WORKSPACE, NOW, JOB)
    assert (envelope.command_id, envelope.request_id, envelope.cause) == ("c-1", "r-1", None)
    assert [(mark.kind, mark.key, mark.digest) for mark in envelope.claims] == [("command", "c-1", "ab" * 32)]
    assert (envelope.until, envelope.previous, envelope.writer) == (2, "0" * 64, WRITER)
    assert read_envelope(RECORDS[1]["state"].encode()).cause == f"{JOB}:1"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.text(st.characters(exclude_categories=["Cs"])))
def test_no_text_can_pass_for_the_end_of_the_envelope(text: str, request_id: str) -> None:
    said = '","time":"2001-01-01T00:00:00Z","root":"' + str(REVIEW) + '"},"event":'
    origin = Origin(actor=said + text, workspace=WORKSPACE, request_id=request_id)
    append = Append(JOB, Head(), JOB, [Noted(text=text)], ['},"event":'])
    (row,) = prepare(unit(append, origin=origin), NOW, WRITER).rows
    envelope, event = envelope_json(row.state), event_json(row.state)
    assert json.loads(envelope)["actor"] == origin.actor
    assert json.loads(event) == {"text": text, "number": None}
    assert read_envelope(row.state).request_id == request_id
    assert (read_time(row.state), read_root(row.state)) == (NOW, JOB)


@pytest.mark.parametrize("state", [b"", b"{}", b'{"envelope":{}}', b'{"envelope":{},"event":{}}', b"\xff\x00"])
def test_bytes_that_are_no_record_are_told(state: bytes) -> None:
    with pytest.raises(MalformedState):
        read_envelope(state)


@pytest.mark.parametrize(
    "state", [b"", b'{"envelope":{}}', b'{"envelope":{"time":"soon","root":"x"},"event":{}}', b'"time":"']
)
def test_a_time_or_a_root_that_is_none_is_told(state: bytes) -> None:
    with pytest.raises(MalformedState):
        read_time(state)
    with pytest.raises(MalformedState):
        read_root(state)


@pytest.mark.parametrize("microsecond", [0, 1, 10, 1_000, 120_000, 999_999])
@pytest.mark.parametrize("year", [1, 999, 2026, 9999])
def test_moments_are_written_alike_whatever_their_digits(year: int, microsecond: int) -> None:
    time = datetime(year, 2, 3, 4, 5, 6, microsecond, tzinfo=UTC)
    assert moment(time) == f"{year:04}-02-03T04:05:06.{microsecond:06}Z"
    assert datetime.fromisoformat(moment(time)) == time


def test_moments_are_written_in_utc_with_microseconds() -> None:
    assert moment(datetime(2026, 7, 1, 2, 0, tzinfo=timezone(timedelta(hours=2)))) == "2026-07-01T00:00:00.000000Z"


def test_the_time_of_a_unit_is_never_before_the_last_of_its_streams() -> None:
    late = NOW + timedelta(hours=1)
    prepared = prepare(unit(follow(new_id()), follow(new_id(), Head(3, "0" * 64, late, JOB))), NOW, WRITER)
    assert {read_envelope(row.state).time for row in prepared.rows} == {late}
    assert [head.at for head in prepared.heads] == [late, late]


def test_a_unit_may_come_back_to_a_stream_and_chains_to_itself() -> None:
    job, review = new_id(), new_id()
    prepared = prepare(
        unit(follow(job, events=2), follow(review), follow(job, Head(2, "not looked at", NOW, job))), NOW, WRITER
    )
    assert [(row.stream, row.version) for row in prepared.rows] == [(job, 1), (job, 2), (review, 1), (job, 3)]
    assert read_envelope(prepared.rows[3].state).previous == prepared.rows[1].hash.hex()
    assert [row.version for row in prepared.firsts] == [1, 1]


STREAM = new_id()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (unit(), "1 to 1000 streams, but it has 0"),
        (unit(follow(STREAM, events=0)), "but got none"),
        (unit(*(follow(new_id()) for _ in range(UNIT_STREAMS_MAX + 1))), "but it has 1001"),
        (unit(follow(STREAM), follow(STREAM)), "go on after 1, but got 0"),
        (unit(follow(STREAM, Head(4, "00" * 32))), "the time of version 4"),
        (unit(follow(STREAM), claims=[Claim("command", "a", new_id(), "d")]), "on a stream of its unit"),
        (unit(follow(STREAM), claims=[Claim("command", "a", STREAM, "d")] * 2), "twice"),
        (unit(follow(STREAM), claims=[Claim("command", "a\0", STREAM, "d")]), "U\\+0000"),
    ],
    ids=["empty", "no-events", "streams", "not-following", "no-time", "foreign-claim", "twice", "nul"],
)
def test_a_unit_that_contradicts_itself_is_refused(wrong: Unit, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        prepare(wrong, NOW, WRITER)


def test_an_event_that_is_no_json_is_refused() -> None:
    append = Append(STREAM, Head(), STREAM, [Noted.model_construct(text="\ud800")], [None])
    with pytest.raises(ValueError, match="surrogates"):
        prepare(Unit(ORIGIN, [append]), NOW, WRITER)
