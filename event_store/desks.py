"""One desk a stream: its kept state, what waits for it, and who holds it.

Whoever asks may name an id of another subject. Such a stream gets a desk of its own for the subject that was asked for, at which
it does not exist, so that the desk of its true subject is never made, or kept, by the wrong one.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from domain.subject import Command, Subject
from event_store.units import Head

DESKS_KEPT_MAX = 20_000
"""Of streams that this process owns, and that move: they need not be read again."""
OTHERS_KEPT_MAX = 2_000
"""Of streams at rest, since many can wait for long, and of those of others: whoever works on one of these reads its tail anyway, and is
spared no more than folding what was before it."""
LARGE_PARTS = 10_000
"""A state of so many parts is a large one."""
LARGE_KEPT_PARTS_MAX = 200_000
"""How many parts the large states have together that are kept, beside the one used last; about 100 MB."""


@dataclass(slots=True, eq=False)
class Desk:
    """Where the requests to one stream are decided, by one holder at a time."""

    stream: UUID
    subject: Subject
    state: Any = None
    head: Head = field(default_factory=Head)
    workspace: UUID | None = None
    loaded: bool = False  # whether `state` is the fold of everything up to `head`
    snapshot: int = 0  # the version of the last snapshot that is known here
    content: str | None = None  # the hash of what `state` was prepared with for the first command of the stream
    held: bool = False
    serving: asyncio.Task[None] | None = None  # works on what waits here; kept, as the loop itself would let go of it
    queue: list[Any] = field(default_factory=list)  # No deques: an empty one takes as much as all the rest.
    waiting: list[asyncio.Future[None]] = field(default_factory=list)
    text: str = ""
    """The id of the stream as text: each event names the one that caused it."""

    def __post_init__(self) -> None:
        self.text = str(self.stream)

    def is_ready_for(self, command: Command) -> bool:
        """Whether its state has what the command needs: a command that begins a stream may need content from outside."""
        needed = None if self.head.version else self.subject.needs(command)
        return needed is None or needed == self.content

    def drop(self) -> None:
        """Forgets the kept state: it may be ahead of the log, or behind it."""
        self.state = None
        self.head = Head()
        self.workspace = None
        self.loaded = False
        self.content = None


Key = tuple[int, str]
"""The number of a stream's id, and the subject: a UUID is hashed in Python, at five times the cost."""
Kept = OrderedDict[Key, Desk]


class Desks:
    """The desks of a process, the least recently used forgotten first."""

    def __init__(self, owns: Callable[[UUID], bool] = lambda _: False) -> None:
        self._owns = owns
        self._own: Kept = OrderedDict()
        self._others: Kept = OrderedDict()
        self._large: OrderedDict[Key, int] = OrderedDict()

    def get(self, stream: UUID, subject: Subject) -> Desk:
        """The desk of a stream for a subject, made when there is none."""
        key = (stream.int, subject.name)
        for kept in (self._own, self._others):
            desk = kept.get(key)
            if desk is not None:
                kept.move_to_end(key)
                return desk
        kept, most = self._own, DESKS_KEPT_MAX
        if not self.is_own(stream, subject):
            kept, most = self._others, OTHERS_KEPT_MAX
        _make_room(kept, most)
        desk = kept[key] = Desk(stream, subject)
        return desk

    def version(self, stream: UUID, subject: str) -> int:
        """Up to which version the state of a stream is kept; 0 where none is."""
        desk = self._find(stream, subject)
        return 0 if desk is None else desk.head.version

    def kept(self, stream: UUID, subject: str) -> Any | None:
        """The state of a stream that is kept; None where none is."""
        desk = self._find(stream, subject)
        return None if desk is None else desk.state

    def _find(self, stream: UUID, subject: str) -> Desk | None:
        key = (stream.int, subject)
        desk = self._own.get(key) or self._others.get(key)
        return desk if desk is not None and desk.loaded else None

    def forget(self, stream: UUID, subject: str) -> None:
        """Drops the kept state of a stream, unless it is being worked on: then it is the latest."""
        key = (stream.int, subject)
        for kept in (self._own, self._others):
            desk = kept.get(key)
            if desk is not None and not desk.held:
                del kept[key]
                self._large.pop(key, None)

    def forget_all(self) -> None:
        """Drops every kept state that is not being worked on."""
        for kept in (self._own, self._others):
            for key in [key for key, desk in kept.items() if not desk.held]:
                del kept[key]

    async def hold(self, desk: Desk) -> None:
        """Waits until the desk is free and holds it."""
        if not desk.held:
            desk.held = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        desk.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.hand_over(desk)
            raise

    def hold_if_free(self, desks: Iterable[Desk]) -> bool:
        """Holds all of them at once, or none."""
        wanted = list(desks)
        if any(desk.held for desk in wanted):
            return False
        for desk in wanted:
            desk.held = True
        return True

    def hand_over(self, desk: Desk) -> bool:
        """Lets go of a held desk; True when someone who waited holds it now."""
        while desk.waiting:
            turn = desk.waiting.pop(0)
            if not turn.done():
                turn.set_result(None)
                return True
        desk.held = False
        return False

    def weigh(self, desk: Desk) -> None:
        """Keeps what is kept within its bounds: those used least recently are forgotten, unless they are being worked on."""
        key = (desk.stream.int, desk.subject.name)
        parts = 0
        if desk.loaded:
            parts = desk.subject.size(desk.state)
            if key in self._own:
                if desk.subject.rests(desk.state):
                    _make_room(self._others, OTHERS_KEPT_MAX)
                    self._others[key] = self._own.pop(key)
            elif key in self._others and self.is_own(desk.stream, desk.subject) and not desk.subject.rests(desk.state):
                _make_room(self._own, DESKS_KEPT_MAX)
                self._own[key] = self._others.pop(key)
        self._large.pop(key, None)
        if parts < LARGE_PARTS:
            return
        self._large[key] = parts
        while len(self._large) > 1 and sum(self._large.values()) > LARGE_KEPT_PARTS_MAX:
            self._forget_if_free(self._large.popitem(last=False)[0])

    def is_own(self, stream: UUID, subject: Subject) -> bool:
        """Whether nobody but this process writes to the stream unasked."""
        return subject.owned and self._owns(stream)

    def _forget_if_free(self, key: Key) -> None:
        for kept in (self._own, self._others):
            desk = kept.get(key)
            if desk is not None and not desk.held and not desk.queue:
                del kept[key]


def _make_room(kept: Kept, most: int) -> None:
    if len(kept) < most:
        return
    for key, desk in kept.items():
        if not desk.held and not desk.queue:
            del kept[key]
            return
