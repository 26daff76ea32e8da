"""A unit while it is being decided: what each held stream gets, and the commands that events provoke in other streams."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.events import Event
from domain.refusals import Refusal
from domain.subject import Command
from event_store.desks import Desk
from event_store.units import Append, Claim, Head, Origin, Unit

Owns = Callable[[UUID], bool]
"""Whether this process owns a stream of an owned subject: it alone writes there unasked, and is told of what others write."""


Held = dict[UUID, Desk]
HoldNew = Callable[[Held, Command], Desk | None]
"""Holds one more desk beside those held, of a stream that a command begins, where that can be done at once."""


class IdInUse(Refusal):
    """Expected an id that is not in use, but it is."""


class OthersNeeded(Exception):
    """Deciding provokes commands in streams that are not held, or that they begin and that are not prepared for it."""

    def __init__(self, commands: dict[UUID, Command]) -> None:
        self.commands = commands
        super().__init__(f"{len(commands)} further streams")


class Written(NamedTuple):
    """Events of one stream that are on disk, and the state after them."""

    subject: str
    stream: UUID
    workspace: UUID
    first_version: int
    events: Sequence[Event]
    position: int  # of the last event of the unit they came in
    at: datetime | None  # when, as their envelopes say
    state: Any


@dataclass(slots=True)
class Change:
    """What one stream gets at one place of the unit, and the state it will have then."""

    desk: Desk
    head: Head  # what the events follow; its hash counts where that is on disk
    root: UUID
    state: Any
    events: list[Event] = field(default_factory=list)
    causes: list[str | None] = field(default_factory=list)

    @property
    def version(self) -> int:
        """Of the last of the events."""
        return self.head.version + len(self.events)


class Draft:
    """Collects the decisions on held desks. Only `changes` and, where a subject advances its state itself, the kept state move."""

    def __init__(self, held: Held, origin: Origin, hold_new: HoldNew = lambda _held, _command: None) -> None:
        self._held = held
        self._origin = origin
        self._hold_new = hold_new
        self.changes: list[Change] = []
        """In the order of cause and effect: a stream that goes on after another has had its part stands there again."""
        self._last: dict[Desk, Change] = {}
        self.size = 0
        """The number of events decided so far."""

    @property
    def workspace(self) -> UUID:
        """The workspace that all of it happens in."""
        return self._origin.workspace

    def clear(self) -> None:
        """Takes everything back."""
        self.changes.clear()
        self._last.clear()
        self.size = 0

    def decide(self, desk: Desk, command: Command) -> tuple[int, int]:
        """Decides a command and all that it provokes; returns the first and last version of its own events (first > last: none)."""
        needed: dict[UUID, Command] = {}
        span = self._decide(desk, command, command.cause, needed)
        if needed:
            raise OthersNeeded(needed)
        return span

    def unit(self, claims: Sequence[Claim], owns: Owns) -> Unit:
        """The unit to append."""
        return Unit(self._origin, self.appends(owns), claims)

    def appends(self, owns: Owns) -> list[Append]:
        """What the unit appends: streams in the order of cause and effect, those of other owners marked for them."""
        return [
            Append(
                change.desk.stream,
                change.head,
                change.root,
                change.events,
                change.causes,
                wake=change.desk.subject.owned and not owns(change.desk.stream),
            )
            for change in self.changes
        ]

    def _decide(self, desk: Desk, command: Command, cause: str | None, needed: dict[UUID, Command]) -> tuple[int, int]:
        subject = desk.subject
        change = self._last.get(desk)
        version = change.version if change else desk.head.version
        if desk.head.version and desk.workspace != self._origin.workspace:
            subject.decide(command, subject.initial(None))  # refuses as for a stream that does not exist
            raise IdInUse
        events = subject.decide(command, change.state if change else desk.state)
        if not events:
            return version + 1, version
        if change is None:
            change = self._add(Change(desk, desk.head, desk.head.root or command.root, desk.state))
        elif change is not self.changes[-1]:
            goes_on = Head(version, at=change.head.at, root=change.root)
            change = self._add(Change(desk, goes_on, change.root, change.state))
        if not subject.advances:
            for event in events:
                change.state = subject.evolve(change.state, event)
        change.events += events
        self.size += len(events)
        change.causes.append(cause)
        if len(events) > 1:
            change.causes += [f"{desk.text}:{version + 1}"] * (len(events) - 1)
        for place, event in enumerate(events, start=version + 1):
            for reaction in subject.reactions(desk.stream, event, command.at, change.state):
                other = self._held.get(reaction.stream) or self._hold_new(self._held, reaction)
                if other is None or not other.is_ready_for(reaction):
                    needed[reaction.stream] = reaction
                else:
                    self._decide(other, reaction, f"{desk.text}:{place}", needed)
        return version + 1, version + len(events)

    def _add(self, change: Change) -> Change:
        self.changes.append(change)
        self._last[change.desk] = change
        return change
