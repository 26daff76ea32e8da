"""What this runner says of runs that wait for workers: offered, withdrawn, free again, recorded; in few statements, and in the order of the log.

A run is offered when the event that says that it waits is on disk, and withdrawn when one says that it ended, so that the order of the two is that
of the log. What could not be said before this runner ended is found out by the next holder of the shard.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from itertools import islice
from uuid import UUID

from domain.events import Event
from domain.jobs.events import TaskCancelled, TaskFailed, TaskOutcomeUnknown, TaskSucceeded, TaskWaitBegan
from event_store.units import StoreUnavailable
from runner.external.rows import Offer, Rows

AT_ONCE_MAX = 500
AGAIN_SECONDS = 1.0

Key = tuple[UUID, str]
"""A job, and the text of one of its runs."""
_ENDS: frozenset[type[Event]] = frozenset({TaskSucceeded, TaskFailed, TaskOutcomeUnknown, TaskCancelled})

_log = logging.getLogger(__name__)


class Offering:
    """Gathers what is to be said while the last statement is under way."""

    def __init__(self, rows: Rows, *, rest: Callable[[UUID], None] = lambda _: None) -> None:
        self._rows = rows
        self._rest = rest  # Is told of each job of which a run is offered: what is kept of it is not needed for long.
        self._prepared: dict[Key, Offer] = {}
        self._offers: dict[Key, Offer] = {}
        self._withdrawn: dict[Key, None] = {}
        self._free: dict[int, None] = {}
        self._recorded: dict[int, int] = {}
        self._work = asyncio.Event()
        self.recording: set[Key] = set()
        """Runs whose reports are being recorded here: what is recorded is removed with its answer."""

    def prepare(self, offer: Offer) -> Key:
        """Has a run offered as soon as the log says that it waits for a worker."""
        key = (offer.job_id, offer.run)
        self._prepared[key] = offer
        return key

    def forget(self, key: Key) -> bool:
        """The report that the run waits was answered: whatever was prepared for it is forgotten; tells whether there still was something."""
        return self._prepared.pop(key, None) is not None

    def follow(self, job_id: UUID, events: Sequence[Event], by_workers: Collection[str]) -> list[str]:
        """Reacts to what was just committed to a job with tasks of these names that workers perform; gives the runs of theirs that ended."""
        ended: list[str] = []
        for event in events:
            if type(event) is TaskWaitBegan and event.waits_for == "worker":
                offer = self._prepared.pop((job_id, event.run.text), None)
                if offer is not None:
                    self.offer(offer)
            elif type(event) in _ENDS and event.run.task in by_workers:  # type: ignore[attr-defined]
                text = event.run.text  # type: ignore[attr-defined]
                self.withdraw((job_id, text))
                ended.append(text)
        return ended

    def is_said(self, key: Key) -> bool:
        """Whether a run is about to be offered."""
        return key in self._prepared or key in self._offers

    def offer(self, offer: Offer) -> None:
        """Offers a run that waits."""
        self._offers[offer.job_id, offer.run] = offer
        self._rest(offer.job_id)
        self._work.set()

    def withdraw(self, key: Key) -> None:
        """Takes back a run that waits no more."""
        self._prepared.pop(key, None)
        self._offers.pop(key, None)
        if key not in self.recording:
            self._withdrawn[key] = None
            self._work.set()

    def free_again(self, number: int) -> None:
        """Lets others take a run whose worker was lost."""
        self._free[number] = None
        self._work.set()

    def with_recorded(self, numbers: Collection[int]) -> list[int]:
        """These, and those whose reports were recorded and that are still there."""
        return [*numbers, *self._recorded]

    def with_free_again(self, numbers: Collection[int]) -> list[int]:
        """These, and those whose lost workers were recorded and that others cannot take yet: what is lost once counts once."""
        return [*numbers, *self._free]

    def record(self, number: int, position: int) -> None:
        """The report of a run stands at this position of the log; at none when it was too late."""
        self._recorded[number] = position
        self._work.set()

    async def run(self) -> None:
        """Says what is to be said, until cancelled."""
        while True:
            await self._work.wait()
            self._work.clear()
            try:
                await self._say_all()
            except StoreUnavailable as error:
                _log.warning("what workers are to know is said later: %s", error)
                self._work.set()
                await asyncio.sleep(AGAIN_SECONDS)

    async def _say_all(self) -> None:
        """Each thing is forgotten when it was said: to say it twice changes nothing."""
        while self._recorded or self._withdrawn or self._offers or self._free:
            if recorded := dict(islice(self._recorded.items(), AT_ONCE_MAX)):
                await self._rows.recorded(recorded)
                for number in recorded:
                    del self._recorded[number]
            if withdrawn := list(islice(self._withdrawn, AT_ONCE_MAX)):
                await self._rows.withdraw(withdrawn)
                for key in withdrawn:
                    del self._withdrawn[key]
            if offers := dict(islice(self._offers.items(), AT_ONCE_MAX)):
                await self._rows.offer(list(offers.values()))
                for key, offer in offers.items():
                    if self._offers.get(key) is offer:
                        del self._offers[key]
            # What ended with its worker is withdrawn before anything is given to others.
            if not self._withdrawn and (free := list(islice(self._free, AT_ONCE_MAX))):
                await self._rows.free_again(free)
                for number in free:
                    del self._free[number]
