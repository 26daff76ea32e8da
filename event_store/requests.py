"""What is asked of the dispatch, and its answer."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from domain.refusals import Refusal
from domain.subject import Command
from event_store.units import Claim, Origin

TOGETHER_MAX = 500
"""How many requests are decided together."""
DECISIONS_MAX = 100


class ClaimReused(Refusal):
    """Expected the same request for the {kind} as the first time, but got a different one."""

    @property
    def code(self) -> str:
        """One code a kind of claim: COMMAND_ID_REUSED, IDEMPOTENCY_KEY_REUSED and so on."""
        return f"{self.facts['kind']}_REUSED".upper()


class UnitTooLarge(Refusal):
    """Expected a command to concern at most {limit} streams, but it concerns {found}."""


class StreamContended(Refusal):
    """Expected to write right after the decision, but others wrote first {times} times; try again."""


class Receipt(NamedTuple):
    """The answer to a command that took effect (or had before): where its events stand."""

    stream: UUID
    position: int  # of the last event of its unit; 0 when there was nothing to do
    first_version: int
    last_version: int
    repeated: bool = False  # a claim (command id, idempotency key) found the first result


@dataclass(slots=True, eq=False)
class Request:
    """A command on its way to its decider, and the promise given to its sender."""

    command: Command
    origin: Origin
    claims: Sequence[Claim]
    answer: asyncio.Future[Receipt]
    others: Mapping[UUID, str]  # further streams it concerns → their subject
    provoked: Mapping[UUID, Command]  # what its events are known to provoke there
    decisions: int = 0
    was_left: bool = False  # by those who decide many streams together: it is decided by itself
    span: tuple[int, int] = (0, -1)

    @property
    def alone(self) -> bool:
        """Whether it is decided without others that wait for the same stream."""
        return bool(self.claims or self.others)

    def keep(self, receipt: Receipt) -> None:
        """Answers, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_result(receipt)

    def refuse(self, error: BaseException) -> None:
        """Answers with an error, unless nobody waits any more."""
        if not self.answer.done():
            self.answer.set_exception(error)


def take_batch(queue: list[Request]) -> list[Request]:
    """The first request that waits, with all behind it that can share its unit."""
    batch: list[Request] = [queue.pop(0)]
    first = batch[0]
    while queue and len(batch) < TOGETHER_MAX and not first.alone:
        following = queue[0]
        if following.alone or (following.origin is not first.origin and following.origin != first.origin):
            break
        batch.append(queue.pop(0))
    return batch


def still_allowed(batch: list[Request]) -> list[Request]:
    """Those that may be decided once more after another writer was faster; the others are refused."""
    for request in batch:
        request.decisions += 1
        if request.decisions >= DECISIONS_MAX:
            request.refuse(StreamContended(times=request.decisions))
    return [request for request in batch if request.decisions < DECISIONS_MAX]
