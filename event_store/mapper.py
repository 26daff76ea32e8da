"""Between events and records: wire names instead of Python paths, older events lifted, unreadable ones reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from eventsourcing.persistence import Mapper as LibraryMapper
from pydantic import ValidationError

from domain.events import Event
from event_store.envelope import Envelope, MalformedState, event_json, read_envelope
from event_store.hashing import record_hash
from event_store.units import Record

EventJson = dict[str, Any]


class UnreadableEvent(Exception):
    """A record cannot be read by this process: its stream is to be left alone and reported."""

    def __init__(self, stream: UUID, version: int, wire: str, reason: str) -> None:
        self.stream = stream
        self.version = version
        self.wire = wire
        self.reason = reason
        super().__init__(f"{wire} at {stream}:{version}: {reason}")


class UnknownEvent(UnreadableEvent):
    """A record has a wire name this process does not know: it was written by a newer build."""

    def __init__(self, stream: UUID, version: int, wire: str) -> None:
        super().__init__(stream, version, wire, "the wire name is not known to this build")


@dataclass(frozen=True, slots=True)
class Upcaster:
    """Lifts the JSON of an event to the next wire name: a pure function over a dictionary of its own."""

    to: str
    lift: Callable[[EventJson], EventJson]


@dataclass(frozen=True, slots=True)
class Sourced:
    """An event with its place in a stream: what the library calls a domain event."""

    originator_id: UUID
    originator_version: int
    event: Event
    state: bytes  # the record's bytes: what was built before writing, or what was read; never made again from the event


@dataclass(frozen=True)
class HashedEvent(StoredEvent):
    """A stored event with what our columns hold beside the library's."""

    hash: bytes
    workspace: UUID
    wake: bool = False


class Mapper(LibraryMapper[UUID]):
    """Reads records back to events by their wire names; bytes are kept as they are, whoever wrote them."""

    def __init__(self, events: Mapping[str, type[Event]], upcasters: Mapping[str, Upcaster] | None = None) -> None:
        super().__init__(transcoder=JSONTranscoder())
        self._events = events
        self._upcasters = upcasters or {}

    def knows(self, wire: str) -> bool:
        """Whether an event with this wire name can be read."""
        return wire in self._events or wire in self._upcasters

    def event(self, record: Record) -> Event:
        """The event of a record; raises UnknownEvent or UnreadableEvent."""
        return self.read(record.stream, record.version, record.topic, record.state)

    def opened(self, record: Record) -> tuple[Envelope, Event]:
        """The envelope and the event of a record; raises UnknownEvent or UnreadableEvent."""
        try:
            envelope = read_envelope(record.state)
        except MalformedState as error:
            raise UnreadableEvent(record.stream, record.version, record.topic, "its envelope is malformed") from error
        return envelope, self.event(record)

    def read(self, stream: UUID, version: int, topic: str, state: bytes) -> Event:
        """The event in the bytes of a record, lifted to today's class."""
        try:
            content = event_json(state)
            if topic in self._upcasters:
                topic, content = self._lifted(topic, content)
            event_class = self._events.get(topic)
            if event_class is None:
                raise UnknownEvent(stream, version, topic)
            return event_class.model_validate_json(content)
        except MalformedState as error:
            raise UnreadableEvent(stream, version, topic, "its bytes are malformed") from error
        except ValidationError as error:
            raise UnreadableEvent(stream, version, topic, f"it does not load: {error}") from error

    def to_stored_event(self, domain_event: Any) -> HashedEvent:
        """The library's door for writing: takes a Sourced, whose bytes were built with its envelope."""
        sourced: Sourced = domain_event
        stream, version, topic = sourced.originator_id, sourced.originator_version, sourced.event.wire
        return HashedEvent(
            originator_id=stream,
            originator_version=version,
            topic=topic,
            state=sourced.state,
            hash=record_hash(stream, version, topic, sourced.state),
            workspace=read_envelope(sourced.state).workspace,
        )

    def to_domain_event(self, stored_event: StoredEvent) -> Sourced:
        """The library's door for reading: an event with its place and its bytes."""
        stream = stored_event.originator_id
        stream = stream if isinstance(stream, UUID) else UUID(stream)
        version, state = stored_event.originator_version, stored_event.state
        return Sourced(stream, version, self.read(stream, version, stored_event.topic, state), state)

    def _lifted(self, topic: str, content: bytes) -> tuple[str, bytes]:
        values = orjson.loads(content)
        while upcaster := self._upcasters.get(topic):
            topic, values = upcaster.to, upcaster.lift(values)
        return topic, orjson.dumps(values)
