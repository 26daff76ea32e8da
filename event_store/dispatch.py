"""Takes a command to its decider and the events to the journal: the only door to the deciders.

A stream is worked on by one holder at a time, from the decision to the commit; requests that arrive meanwhile wait and are
decided together, and so are requests to many streams that come at once (`event_store.together`). Where a command's events provoke
commands in other streams, all of those streams are held and all is written in one unit. Whoever holds a stream never waits for
another one: it lets go and takes all of them in the order of their ids.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.events import Event
from domain.refusals import Refusal
from domain.subject import Command, Subject
from event_store.desks import Desk, Desks
from event_store.drafting import Change, Draft, Held, OthersNeeded, Owns, Written
from event_store.first_results import FirstResults
from event_store.folding import Folding
from event_store.journal import Journal
from event_store.requests import Receipt, Request, UnitTooLarge, still_allowed, take_batch
from event_store.together import Together
from event_store.units import (
    UNIT_STREAMS_MAX,
    Claim,
    ClaimTaken,
    Committed,
    HeadUnknown,
    Origin,
    Record,
    VersionTaken,
)

STREAMS_TOGETHER_MAX = UNIT_STREAMS_MAX // 2
"""When requests that are decided together have begun so many streams, the others wait for the next unit."""
_NOTHING: Mapping[UUID, Any] = MappingProxyType({})


class Dispatch:
    """Decides commands, one unit in flight per stream, and tells what was written."""

    def __init__(
        self,
        *,
        subjects: Sequence[Subject],
        journal: Journal,
        folding: Folding,
        owns: Owns = lambda _: False,  # what this process owns it need not read again; what it does not, it marks
    ) -> None:
        self._subjects = {subject.name: subject for subject in subjects}
        self._journal = journal
        self._folding = folding
        self._first_results = FirstResults(folding)
        self._owns = owns
        self._desks = Desks(owns)
        self._callbacks: list[Callable[[Written], None]] = []
        self._serving = 0
        self._idle = asyncio.Event()
        self._together = Together(
            journal=journal,
            folding=folding,
            owns=owns,
            is_known=self._is_known,
            hold_new=self._hold_new,
            hold_others=self._hold_others,
            publish=self._publish,
            release=self._release,
        )

    def on_written(self, callback: Callable[[Written], None]) -> None:
        """Calls `callback` after each commit, in the order of the stream's versions, before the sender is answered."""
        self._callbacks.append(callback)

    def forget(self, subject: str, stream: UUID) -> None:
        """Drops the kept state of a stream; the next use folds it anew."""
        self._desks.forget(stream, subject)

    def forget_all(self) -> None:
        """Drops every kept state, as when the session that allowed to trust them is lost."""
        self._desks.forget_all()

    async def stop(self) -> None:
        """Waits until every request under way is answered."""
        await self._together.stop()
        while self._serving:
            self._idle.clear()
            await self._idle.wait()
            await self._together.stop()

    async def send(self, command: Command, origin: Origin, claims: Sequence[Claim] = ()) -> Receipt:
        """Decides the command on the latest state and appends what follows.

        Raises the decider's Refusal, ClaimReused when a claim stands with another digest, or StoreUnavailable.
        """
        answer: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        touches = command.touches
        others = {stream: subject for subject, stream in touches} if touches else _NOTHING
        request = Request(command, origin, claims, answer, others, _NOTHING)
        desk = self._desks.get(command.stream, self._subjects[command.subject])
        desk.queue.append(request)
        if not desk.held:
            desk.held = True
            self._begin_deciding(desk)
        return await answer

    async def first_result(self, claims: Sequence[Claim], workspace: UUID) -> Receipt | None:
        """What an earlier request with such claims led to, or None; raises ClaimReused when it was a different request."""
        return await self._first_results.find(claims, workspace)

    async def load(self, subject: str, stream: UUID, workspace: UUID) -> tuple[Any, int]:
        """The state of a stream at its last committed event, and its version; version 0 when this workspace has no such stream of the subject.

        The state is shared: read what you need of it before the next await.
        """
        desk = self._desks.get(stream, self._subjects[subject])
        await self._desks.hold(desk)
        try:
            await self._folding.refresh(desk)
            if desk.head.version == 0 or desk.workspace != workspace:
                return desk.subject.initial(None), 0
            return desk.state, desk.head.version
        finally:
            self._release(desk)

    def version_kept(self, subject: str, stream: UUID) -> int:
        """Up to which version a stream is known here; 0 for one that is not."""
        return self._desks.version(stream, subject)

    def kept(self, subject: str, stream: UUID) -> Any | None:
        """The state of a stream as it is kept here, at its last commit or a decision further; None where none is. Read it before the next await."""
        return self._desks.kept(stream, subject)

    async def offer(self, subject: str, records: Sequence[Record], events: Sequence[Event]) -> None:
        """Takes in what of a stream was just read from the log, so that it need not be read again."""
        desk = self._desks.get(records[0].stream, self._subjects[subject])
        if desk.held:
            return
        desk.held = True
        try:
            await self._folding.take_in(desk, records, events)
        finally:
            self._release(desk)

    def _begin_deciding(self, desk: Desk) -> None:
        """Has what waits at a held desk decided: with that of others where nothing speaks against it."""
        first = desk.queue[0]
        if not first.was_left and self._may_join(desk, first):
            self._together.join(desk, first.origin)
        else:
            self._begin_serving(desk)

    def _may_join(self, desk: Desk, first: Request) -> bool:
        """Whether what it is decided on is known, or is read together with that of the others: streams of ours, one that begins, those it says it concerns."""
        if first.others:
            return not first.command.begins
        return self._desks.is_own(desk.stream, desk.subject) or (first.command.begins and not desk.loaded)

    def _begin_serving(self, desk: Desk) -> None:
        self._serving += 1
        desk.serving = asyncio.get_running_loop().create_task(self._serve(desk))

    def _release(self, desk: Desk) -> None:
        self._desks.weigh(desk)
        if not self._desks.hand_over(desk) and desk.queue:
            desk.held = True
            self._begin_deciding(desk)

    async def _serve(self, desk: Desk) -> None:
        """Works on what waits at a held desk, then lets go of it."""
        try:
            while desk.queue and not desk.waiting:
                batch = take_batch(desk.queue)
                if batch[0].others:
                    await self._serve_several(desk, batch[0])
                else:
                    held = {desk.stream: desk}
                    try:
                        await self._decide_and_append(held, desk, batch)
                    finally:
                        self._release_others(held, desk)
        finally:
            desk.serving = None  # A task that is over would weigh as much as the desk.
            self._note_served()
            self._release(desk)

    def _note_served(self) -> None:
        self._serving -= 1
        if not self._serving:
            self._idle.set()

    async def _serve_several(self, desk: Desk, request: Request) -> None:
        """Holds all the streams a request concerns, then decides it on them."""
        desks = {**self._others_of(request), desk.stream: desk}
        if len(desks) > UNIT_STREAMS_MAX:
            request.refuse(UnitTooLarge(limit=UNIT_STREAMS_MAX, found=len(desks)))
            return
        others = [other for other in desks.values() if other is not desk]
        if not self._desks.hold_if_free(others):
            self._release(desk)
            for stream in sorted(desks):
                await self._desks.hold(desks[stream])
        try:
            await self._decide_and_append(desks, desk, [request])
        finally:
            self._release_others(desks, desk)

    def _others_of(self, request: Request) -> dict[UUID, Desk]:
        return {stream: self._desks.get(stream, self._subjects[name]) for stream, name in request.others.items()}

    def _hold_others(self, desk: Desk, request: Request) -> list[Desk] | None:
        """Holds the other streams that a request is known to concern, all of them at once; None where one is held."""
        others = [other for other in self._others_of(request).values() if other is not desk]
        return others if self._desks.hold_if_free(others) else None

    def _release_others(self, held: dict[UUID, Desk], desk: Desk) -> None:
        if len(held) > 1:
            for other in held.values():
                if other is not desk:
                    self._release(other)

    def _hold_new(self, held: Held, command: Command) -> Desk | None:
        """Holds one more desk, for a stream that begins with a command that follows from another: nothing need be read, or waited for."""
        subject = self._subjects[command.subject]
        if not command.begins or subject.needs(command) is not None or len(held) >= UNIT_STREAMS_MAX:
            return None
        desk = self._desks.get(command.stream, subject)
        if desk.loaded or not self._desks.hold_if_free([desk]):
            return None
        desk.state = subject.initial(None)
        held[desk.stream] = desk
        return desk

    async def _decide_and_append(self, held: dict[UUID, Desk], desk: Desk, batch: list[Request]) -> None:
        """Decides requests on held desks and appends what follows as one unit, until each has its answer."""
        latest = False
        while batch:
            try:
                latest = (latest or not self._is_kept(held, desk)) and await self._bring_up_to_date(
                    held, desk, batch[0], anyway=latest
                )
                draft = Draft(held, batch[0].origin, self._hold_new)
                decided, again = self._decide(held, desk, draft, batch, latest=latest)
                batch, latest = decided + again, True
                position = 0
                if not draft.changes and batch and batch[0].claims and await self._first_results.answer(batch[0]):
                    return
                if draft.changes:
                    committed = await self._journal.append(draft.unit(batch[0].claims, self._owns))
                    self._publish(draft.workspace, draft.changes, committed)
                    position = committed.last
                for request in decided:
                    request.keep(Receipt(desk.stream, position, *request.span))
                batch = again
            except (VersionTaken, HeadUnknown):
                _drop(held)
                batch = still_allowed(batch)
            except ClaimTaken as error:
                _drop(held)
                await self._first_results.answer_with(batch[0], error.taken)
                return
            except Refusal as refusal:
                if not await self._first_results.answer(batch[0]):
                    batch[0].refuse(refusal)
                return
            except BaseException as error:
                _drop(held)
                for request in batch:
                    request.refuse(error)
                if not isinstance(error, Exception):
                    raise
                return

    async def _bring_up_to_date(self, held: dict[UUID, Desk], desk: Desk, first: Request, *, anyway: bool) -> bool:
        """Folds the held desks to their tails where that cannot be spared; tells whether all of them are at their tails."""
        latest = True
        for other in held.values():
            if not anyway and self._is_known(other):
                latest = False
            elif anyway or other is not desk or not first.command.begins:
                await self._folding.refresh(other)
        if desk.head.version == 0:
            await self._folding.prepare(desk, first.command, first.origin.workspace)
        for stream, command in first.provoked.items():
            if held[stream].head.version == 0 and held[stream] is not desk:
                await self._folding.prepare(held[stream], command, first.origin.workspace)
        return latest

    def _is_known(self, desk: Desk) -> bool:
        """Whether nobody else writes to it, so that it stands as it is kept here."""
        return desk.loaded and self._desks.is_own(desk.stream, desk.subject)

    def _is_kept(self, held: dict[UUID, Desk], desk: Desk) -> bool:
        """Whether there is nothing to bring up to date: the only stream is there already, and known."""
        return len(held) == 1 and desk.head.version > 0 and self._is_known(desk)

    def _decide(
        self, held: dict[UUID, Desk], desk: Desk, draft: Draft, batch: list[Request], *, latest: bool
    ) -> tuple[list[Request], list[Request]]:
        """Decides one request after the other on the draft. Returns those decided, and those to decide once more on the tail."""
        decided: list[Request] = []
        for place, request in enumerate(batch):
            before = draft.size
            try:
                request.span = draft.decide(desk, request.command)
            except Refusal as refusal:
                if draft.size != before:
                    # What it provoked elsewhere was refused: nothing of it may be written, so all is decided anew.
                    _drop(held)
                    draft.clear()
                    if latest and not request.claims:
                        request.refuse(refusal)
                        return [], decided + batch[place + 1 :]
                    if not latest:
                        return [], decided + batch[place:]
                if not latest:
                    return decided, batch[place:]
                if request.claims:
                    raise  # Alone in its batch; it may have succeeded before, and must be asked for first.
                request.refuse(refusal)
            except OthersNeeded as needed:
                further = {stream: command.subject for stream, command in needed.commands.items()}
                request.others = {**request.others, **further}
                request.provoked = {**request.provoked, **needed.commands}
                return self._without(held, desk, draft, decided=decided, put_back=batch[place:])
            except Exception as error:  # noqa: BLE001 - a bug in one decision must not take the others along
                request.refuse(error)
                return self._without(held, desk, draft, decided=decided, put_back=batch[place + 1 :])
            else:
                decided.append(request)
                if len(held) > STREAMS_TOGETHER_MAX and len(batch) > 1:
                    desk.queue[:0] = batch[place + 1 :]
                    break
        return decided, []

    def _without(
        self, held: dict[UUID, Desk], desk: Desk, draft: Draft, *, decided: list[Request], put_back: list[Request]
    ) -> tuple[list[Request], list[Request]]:
        """Takes back a draft that a failed decision has left half done: what was decided before it is decided again."""
        _drop(held)
        draft.clear()
        desk.queue[:0] = put_back
        return [], decided

    def _publish(self, workspace: UUID, changes: Sequence[Change], committed: Committed) -> None:
        """Makes the new states the kept ones and tells the listeners."""
        for change, head in zip(changes, committed.heads, strict=True):
            desk = change.desk
            first = desk.head.version + 1
            desk.state, desk.head, desk.workspace, desk.loaded = change.state, head, workspace, True
            self._folding.keep_snapshot(desk)
            # Names would take three times as long as the tuple itself.
            written = Written(
                desk.subject.name,
                desk.stream,
                workspace,
                first,
                change.events,
                committed.last,
                head.at,
                change.state,
            )
            for callback in self._callbacks:
                callback(written)


def _drop(held: dict[UUID, Desk]) -> None:
    for desk in held.values():
        desk.drop()
