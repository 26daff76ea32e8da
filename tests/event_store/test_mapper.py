"""The mapper: wire names, upcasters, events that cannot be read; and the library's own doors on our log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar
from uuid import UUID

import pytest
from eventsourcing.persistence import EventStore, IntegrityError
from eventsourcing.persistence import Mapper as LibraryMapper

from domain.events import Event
from event_store.batches import prepare
from event_store.envelope import Envelope
from event_store.mapper import Mapper, Sourced, UnknownEvent, UnreadableEvent, Upcaster
from event_store.recorder import open_recorder
from event_store.units import Claim, Head, Record
from tests.conftest import Database
from tests.event_store.notes import WORKSPACE, WRITER, Noted, connected, follow, new_id, unit

NOW = datetime(2026, 11, 22, tzinfo=UTC)


class NotedAloud(Event):
    """What notes became later: with a volume."""

    wire: ClassVar[str] = "test.noted.v3"
    text: str
    volume: int


def record(topic: str = Noted.wire, event: bytes = b'{"text":"a","number":2}') -> Record:
    """A record with a given topic and event."""
    (row,) = prepare(unit(follow(new_id())), NOW, WRITER).rows
    state = row.state[: row.state.index(b',"event":')] + b',"event":' + event + b"}"
    return Record(5, row.stream, 1, topic, state, "00" * 32, WORKSPACE)


def test_an_event_is_found_by_its_wire_name() -> None:
    envelope, event = Mapper({Noted.wire: Noted}).opened(record())
    assert event == Noted(text="a", number=2)
    assert isinstance(envelope, Envelope)


def test_an_unknown_wire_name_is_told_with_its_place() -> None:
    strange = record("test.from_the_future.v1")
    mapper = Mapper({Noted.wire: Noted})
    assert not mapper.knows(strange.topic)
    with pytest.raises(UnknownEvent, match="not known to this build") as caught:
        mapper.event(strange)
    assert (caught.value.stream, caught.value.version, caught.value.wire) == (strange.stream, 1, strange.topic)


@pytest.mark.parametrize("event", [b'{"text":1}', b'{"text":"a","more":1}', b"{", b'{"text":"a","number":NaN}'])
def test_an_event_that_does_not_load_is_told(event: bytes) -> None:
    with pytest.raises(UnreadableEvent, match="does not load"):
        Mapper({Noted.wire: Noted}).event(record(event=event))


def test_bytes_that_are_no_record_are_told() -> None:
    broken = Record(1, new_id(), 1, Noted.wire, b"{}", "", WORKSPACE)
    with pytest.raises(UnreadableEvent, match="bytes are malformed"):
        Mapper({Noted.wire: Noted}).event(broken)
    with pytest.raises(UnreadableEvent, match="envelope is malformed"):
        Mapper({Noted.wire: Noted}).opened(broken)


def test_an_older_event_is_lifted_step_by_step() -> None:
    mapper = Mapper(
        {NotedAloud.wire: NotedAloud},
        {
            "test.noted.v1": Upcaster("test.noted.v2", lambda old: {"text": old["text"], "loud": old["number"] > 1}),
            "test.noted.v2": Upcaster("test.noted.v3", lambda old: {"text": old["text"], "volume": 9 * old["loud"]}),
        },
    )
    assert mapper.knows("test.noted.v1")
    assert mapper.event(record()) == NotedAloud(text="a", volume=9)


def sourced(stream: UUID, head: Head, claims: list[Claim] | None = None) -> tuple[list[Sourced], Head]:
    """Two notes with their bytes, ready for the library, and the head after them."""
    append = follow(stream, head, 2)
    prepared = prepare(unit(append, claims=claims or []), NOW, WRITER)
    events = zip(prepared.rows, append.events, strict=True)
    return [Sourced(stream, row.version, event, row.state) for row, event in events], prepared.heads[0]


def test_the_library_writes_and_reads_our_log(database: Database) -> None:
    recorder = open_recorder(database.service_dsn)
    mapper: LibraryMapper[UUID] = Mapper({Noted.wire: Noted})
    store: EventStore[UUID] = EventStore(mapper, recorder)
    stream = new_id()
    try:
        first, head = sourced(stream, Head(), [Claim("command", "c-1", stream, "d")])
        second, _ = sourced(stream, head)
        positions = [recording.notification.id for events in (first, second) for recording in store.put(events)]
        assert positions == [2, 3, 4, 5]  # Position 1 is the log's own first epoch.
        assert list(store.get(stream)) == [*first, *second]
        notified = recorder.select_notifications(start=2, limit=10)
        assert [(event.id, event.originator_version, event.topic) for event in notified] == [
            (2, 1, Noted.wire),
            (3, 2, Noted.wire),
            (4, 3, Noted.wire),
            (5, 4, Noted.wire),
        ]
        assert recorder.max_notification_id() == 5
        with pytest.raises(IntegrityError):
            store.put(second)
    finally:
        recorder.datastore.close()
    with connected(database.owner_dsn) as connection:
        claims: list[Any] = connection.execute("select kind, key, first_version, last_version from claims").fetchall()
    assert claims == [("command", "c-1", 1, 2)]
