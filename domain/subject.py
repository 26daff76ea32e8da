"""What a subject offers to the dispatch: its decider, and what it must be given before it can decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypeVar, dataclass_transform
from uuid import UUID

from domain.events import Event

Made = TypeVar("Made")


@dataclass_transform(frozen_default=True, kw_only_default=True)
def command(cls: type[Made]) -> type[Made]:
    """A command: keywords only, and never changed, which the type checker sees to; at run time that would take longer than all the rest of making one."""
    return dataclass(slots=True, kw_only=True)(cls)


@command
class Command:
    """A wish, addressed to one stream; whatever had to be looked up outside arrives in it as facts."""

    subject: ClassVar[str]
    at: datetime  # when it was asked, by the clock of the process that received it
    cause: str | None = None  # `stream:version` of the event that led to it, where there is one

    @property
    def stream(self) -> UUID:
        """The id of the stream this command is decided on."""
        raise NotImplementedError

    @property
    def begins(self) -> bool:
        """Whether the command begins its stream under a new id, so that there is nothing to read first."""
        return False

    @property
    def touches(self) -> tuple[tuple[str, UUID], ...]:
        """Other streams, as (subject, id), that its events are known to provoke commands in; naming them spares a second decision."""
        return ()

    @property
    def root(self) -> UUID:
        """The root of the stream if this command begins it; else the stream itself."""
        return self.stream


@dataclass(frozen=True, slots=True)
class Subject:
    """A decider and its surroundings.

    `decide` returns the events and may refuse; it leaves `state` untouched unless `advances` is set: then it has applied the
    events it returns to `state` (jobs: one mutable state per fold). A refusal always leaves the state untouched.
    """

    name: str
    initial: Callable[[Any], Any]
    decide: Callable[[Any, Any], list[Event]]
    evolve: Callable[[Any, Any], Any]
    advances: bool = False
    owned: bool = False  # each stream has an owner, the runner of its shard, who is told of what others write to it
    # The content hash of what the fold needs from outside (a job: its compiled graph), told by the first event or command.
    needs: Callable[[Event | Command], str | None] = lambda _: None
    # Commands for other streams that an event provokes, decided and written in the same unit: `(stream, event, at, state) -> commands`,
    # with the state after all that was decided together with the event.
    reactions: Callable[[UUID, Event, datetime, Any], Iterable[Command]] = lambda _stream, _event, _at, _state: ()
    dump: Callable[[Any], Mapping[str, Any]] | None = None
    load: Callable[[Mapping[str, Any], Any], Any] | None = None
    # How many parts a state has: what dumping it costs, and how much of memory it takes.
    size: Callable[[Any], int] = lambda _state: 1
    rests: Callable[[Any], bool] = lambda _state: False  # whether nothing in it moves without the outside
