"""Decides what many streams are asked at once for the same origin, as of jobs whose tasks end together, and writes it as one unit.

Each request has its own decisions, on its stream and those it is known to concern: where one is refused, fails, was asked before, or concerns further streams,
it alone is left, and decided by itself afterwards. A unit costs several times what an event in it does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from uuid import UUID

from domain.refusals import Refusal
from event_store.desks import Desk
from event_store.drafting import Change, Draft, Held, HoldNew, Owns
from event_store.folding import Folding
from event_store.journal import Journal
from event_store.requests import Receipt, Request, take_batch
from event_store.units import ClaimTaken, Committed, HeadUnknown, Origin, Unit, VersionTaken

DESKS_MAX = 100
"""Of streams in a unit, beside those that begin with what is decided: while one is on its way to the disk, the next is made ready."""
LOAD_SECONDS_MAX = 0.2
"""For what is to be read of a stream the others wait no longer: it can be long, or what it needs from outside be away."""
EVENTS_MAX = 1_000
"""When a unit has so many events, the other streams wait for the next."""

HoldOthers = Callable[[Desk, Request], Sequence[Desk] | None]
"""Holds the other streams that a request is known to concern, all of them at once; None where one is held."""
Publish = Callable[[UUID, Sequence[Change], Committed], None]


@dataclass(slots=True)
class _Part:
    """What is decided at one desk, and the desks that are held for it."""

    desk: Desk
    held: Held
    draft: Draft
    read: tuple[Desk, ...] = ()  # those that were just brought to their tails
    decided: list[Request] = field(default_factory=list)

    @property
    def claimed(self) -> set[tuple[str, str]]:
        """What its requests claim: kinds and keys."""
        return {(claim.kind, claim.key) for request in self.decided for claim in request.claims}

    def drop(self) -> None:
        """Forgets the states, which may be ahead of the log."""
        for desk in self.held.values():
            desk.drop()

    def leave(self) -> None:
        """Takes everything back: it is decided anew, by itself, as soon as the desk is let go of."""
        self.drop()
        self.draft.clear()
        self.put_back(self.decided)
        self.decided.clear()

    def put_back(self, requests: Sequence[Request]) -> None:
        """Has requests wait at the desk for those who decide it by itself."""
        self.desk.queue[:0] = requests
        _leave(requests)


class Together:
    """Gathers desks until the loop goes on. All it is given are held, and let go of when they are served."""

    def __init__(
        self,
        *,
        journal: Journal,
        folding: Folding,
        owns: Owns,
        is_known: Callable[[Desk], bool],
        hold_new: HoldNew,
        hold_others: HoldOthers,
        publish: Publish,
        release: Callable[[Desk], None],
    ) -> None:
        self._journal = journal
        self._folding = folding
        self._owns = owns
        self._is_known = is_known
        self._hold_new = hold_new
        self._hold_others = hold_others
        self._publish = publish
        self._release = release
        self._gathered: dict[int, list[Desk]] = {}  # by the id of the origin
        self._tasks: set[asyncio.Task[None]] = set()

    def join(self, desk: Desk, origin: Origin) -> None:
        """Has what waits at a held desk decided: nobody else writes to its stream, or its first request begins it, or says what further streams it concerns."""
        desks = self._gathered.get(id(origin))
        if desks is None:
            desks = self._gathered[id(origin)] = []
            task = asyncio.get_running_loop().create_task(self._serve(origin, desks))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        desks.append(desk)
        if len(desks) == DESKS_MAX:
            del self._gathered[id(origin)]

    async def stop(self) -> None:
        """Waits until all that joined is served."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def _serve(self, origin: Origin, desks: list[Desk]) -> None:
        if self._gathered.get(id(origin)) is desks:
            del self._gathered[id(origin)]
        parts: list[_Part] = []
        try:
            while desks:
                if (part := self._part(desks.pop(0), origin)) is not None:
                    parts.append(part)
            await self._load(parts)
            while parts:
                await self._serve_some(origin, parts)
        finally:
            for desk in desks:
                self._release(desk)
            for part in parts:
                self._let_go(part)

    async def _load(self, parts: list[_Part]) -> None:
        """Reads what is not known of streams that exist, all of it together; one that cannot be read, or takes long, is left to be decided by itself."""
        unknown = [(part, desks) for part in parts if (desks := self._unknown(part))]
        if not unknown:
            return
        loading = {asyncio.ensure_future(self._read(*one)): one[0] for one in unknown}
        _, late = await asyncio.wait(loading, timeout=LOAD_SECONDS_MAX)
        for task, part in loading.items():
            task.add_done_callback(_forgive)
            if task in late:
                parts.remove(part)
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
                task.add_done_callback(partial(self._loaded_late, part))

    def _unknown(self, part: _Part) -> list[Desk]:
        desk = part.desk
        if len(part.held) == 1 and (desk.loaded or desk.queue[0].command.begins):
            return []  # It is our own, or begins.
        return [held for held in part.held.values() if not self._is_known(held)]

    async def _read(self, part: _Part, desks: Sequence[Desk]) -> None:
        for desk in desks:
            await self._folding.refresh(desk)
            part.read += (desk,)

    def _loaded_late(self, part: _Part, _loading: asyncio.Future[None]) -> None:
        _leave(part.desk.queue)
        self._let_go(part)

    def _let_go(self, part: _Part) -> None:
        for desk in part.held.values():
            self._release(desk)

    async def _serve_some(self, origin: Origin, waiting: list[_Part]) -> None:
        """Takes parts as long as there is room in a unit, appends what is decided, and lets go of them."""
        parts: list[_Part] = []
        events, now = 0, self._journal.clock()
        try:
            while waiting and events < EVENTS_MAX:
                parts.append(part := waiting.pop(0))
                await self._decide(part, now)
                events += part.draft.size
            position = await self._append(parts, origin)
            for part in parts:
                for request in part.decided:
                    request.keep(Receipt(part.desk.stream, position, *request.span))
        except BaseException as error:
            for part in parts:
                part.drop()
                for request in part.decided:
                    request.refuse(error)
            if not isinstance(error, Exception):
                raise
        finally:
            for part in parts:
                self._let_go(part)

    async def _append(self, parts: Sequence[_Part], origin: Origin) -> int:
        """Appends what was decided, but where others were faster, and tells of it; gives the last position, 0 for nothing."""
        while changes := [change for part in parts for change in part.draft.changes]:
            appends = [append for part in parts for append in part.draft.appends(self._owns)]
            claims = [claim for part in parts for request in part.decided for claim in request.claims]
            try:
                committed = await self._journal.append(Unit(origin, appends, claims))
            except ClaimTaken as error:
                held = {(claimed.claim.kind, claimed.claim.key) for claimed in error.taken}
                for part in [part for part in parts if not held.isdisjoint(part.claimed)] or parts:
                    part.leave()
            except (VersionTaken, HeadUnknown) as taken:
                for part in [part for part in parts if not taken.streams.isdisjoint(part.held)] or parts:
                    part.leave()
            except (
                ValueError
            ):  # The unit is too large, claims something twice, or of one of its events there is no JSON.
                for part in parts:
                    part.leave()
            else:
                self._publish(origin.workspace, changes, committed)
                return committed.last
        return 0

    def _part(self, desk: Desk, origin: Origin) -> _Part | None:
        """What is to be decided at a desk, with all that it concerns held; None where somebody holds that: it waits for its turn by itself."""
        held = {desk.stream: desk}
        first = desk.queue[0]
        if first.others:
            others = self._hold_others(desk, first)
            if others is None:
                _leave(desk.queue)
                self._release(desk)
                return None
            held.update((other.stream, other) for other in others)
        return _Part(desk, held, Draft(held, origin, self._hold_new))

    async def _decide(self, part: _Part, now: datetime) -> None:
        """Decides what waits at the desk; what cannot be decided here waits there again."""
        desk, draft, waiting = part.desk, part.draft, take_batch(part.desk.queue)
        begins = not desk.loaded and waiting[0].command.begins
        if not begins and not self._is_ready(part, now):
            part.put_back(waiting)
            return
        before = 0
        try:
            if begins:
                await self._folding.prepare(desk, waiting[0].command, waiting[0].origin.workspace)
            for request in list(waiting):
                before = draft.size
                try:
                    request.span = draft.decide(desk, request.command)
                except Refusal as refusal:
                    if draft.size != before:
                        raise  # Of what it provoked elsewhere: nothing of it may be written.
                    if not begins or request.claims:
                        break  # It may not be refused once more is known: of the stream, or of who asked the same before.
                    request.refuse(refusal)
                else:
                    if request.claims and draft.size == before:
                        break  # Nothing is to be done, as where it was done before.
                    part.decided.append(request)
                waiting.remove(request)
        except Exception:  # noqa: BLE001 - a bug in one decision must not take the others along
            waiting[:0] = part.decided
            part.decided.clear()
            part.leave()
        finally:
            part.put_back(waiting)

    def _is_ready(self, part: _Part, now: datetime) -> bool:
        """Whether its streams are known to their ends, and those are not dated ahead, as by another machine's clock: a unit has one time, which all others would get."""
        for desk in part.held.values():
            if not desk.loaded or not (self._is_known(desk) or desk in part.read):
                return False
            at = desk.head.at
            if at is not None and at > now:
                return False
        return True


def _leave(requests: Sequence[Request]) -> None:
    for request in requests:
        request.was_left = True


def _forgive(loading: asyncio.Future[None]) -> None:
    """Whoever decides the stream by itself meets the error again."""
    if not loading.cancelled():
        loading.exception()
