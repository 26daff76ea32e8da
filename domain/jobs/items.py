"""The items of a for-each, kept compactly: a byte for how each stands, a number for where its outcome is; more only of those under way.

An item holds one of the places that may be taken at once from its start until it has ended; one that waits, or is held for an
operator, keeps it. So what is under way is bounded, and so is what a hundred failures in a row can leave behind.
"""

from __future__ import annotations

from array import array
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from zlib import compress, decompress

from domain.graph import ForEach
from domain.jobs.run import Binding, Run
from domain.jobs.task_status import TaskStatus

_STATUSES = tuple(TaskStatus)
_CODES = {status: code for code, status in enumerate(_STATUSES)}
_PENDING = _CODES[TaskStatus.PENDING]
_SUCCEEDED = _CODES[TaskStatus.SUCCEEDED]
_ENDED = (TaskStatus.SUCCEEDED, TaskStatus.FAILED, TaskStatus.CANCELLED)
_VERSION = "I"  # Four bytes: a job of more events than that is none.


@dataclass(slots=True)
class Active:
    """What is kept of an item only while it holds a place."""

    run: Run
    since: int  # the version of the event that gave the item its status


class Items:
    """How the items of one for-each stand; changed only by `evolve`."""

    __slots__ = (
        "active",
        "again",
        "attempts",
        "bindings",
        "counts",
        "for_each",
        "is_failing",
        "is_replaced",
        "next",
        "queued",
        "statuses",
        "where",
    )

    def __init__(self, for_each: ForEach, items: int, bindings: Mapping[str, Binding]) -> None:
        self.for_each = for_each
        self.bindings = bindings  # of the list, and of what all items are given alike
        self.statuses = bytearray(items)
        self.where = array(_VERSION, bytes(array(_VERSION).itemsize * items))  # the version that says how an item ended
        self.attempts: dict[int, tuple[int, int]] = {}  # round and attempt of the last run, where they are not both 1
        self.active: dict[int, Active] = {}
        self.again: deque[int] = deque()  # items to be tried again, in that order
        self.next = 0  # the first item that never started
        self.counts = dict.fromkeys(TaskStatus, 0)  # without those that are pending
        self.queued = False  # whether its task stands among those that are ready
        self.is_failing = False  # one of its items has failed it: no other starts
        self.is_replaced = False  # an operator gave the outputs of all of them together

    def __len__(self) -> int:
        return len(self.statuses)

    @property
    def may_start(self) -> bool:
        """Whether another item can start now."""
        if self.is_failing or not (self.again or self.next < len(self)):
            return False
        has_place = bool(self.again) and self.again[0] in self.active
        return has_place or len(self.active) < self.for_each.at_once_max

    @property
    def are_over(self) -> bool:
        """Whether every item has ended."""
        return not self.active and not self.again and self.next == len(self) and not self.is_failing

    @property
    def succeeded(self) -> int:
        """How many items have ended well."""
        return self.counts[TaskStatus.SUCCEEDED]

    @property
    def failed(self) -> int:
        """How many items have failed for good."""
        return self.counts[TaskStatus.FAILED]

    def status(self, item: int) -> TaskStatus:
        """How an item stands."""
        return _STATUSES[self.statuses[item]]

    def has_begun(self, item: int) -> bool:
        """Whether there is such an item, and a run of it has started."""
        return 0 <= item < len(self) and self.statuses[item] != _PENDING

    def last_run(self, task: str, item: int) -> Run:
        """The last run of an item that has begun."""
        active = self.active.get(item)
        if active is not None:
            return active.run
        number, attempt = self.attempts.get(item, (1, 1))
        return Run(task=task, item=item, round=number, attempt=attempt)

    @property
    def next_item(self) -> int:
        """The item that starts next."""
        return self.again[0] if self.again else self.next

    def started(self, run: Run, version: int) -> None:
        """A run of an item starts."""
        item = run.item or 0
        if self.again and self.again[0] == item:
            self.again.popleft()
        elif item in self.again:
            self.again.remove(item)  # In an order that older rules had.
        self.next = max(self.next, item + 1)
        self._pass_begun()
        if run.round != 1 or run.attempt != 1:
            self.attempts[item] = (run.round, run.attempt)
        self.active[item] = Active(run, version)
        self.where[item] = 0  # Of its runs only the last is known, and that has not ended.

    def reuse(self, item: int, version: int) -> None:
        """The outcome that an item had in a first job stands in place of a run."""
        self.statuses[item] = _CODES[TaskStatus.SUCCEEDED]
        self.where[item] = version
        self.counts[TaskStatus.SUCCEEDED] += 1
        self._pass_begun()

    def _pass_begun(self) -> None:
        # Only what was reused stands out of order.
        while self.next < len(self) and self.statuses[self.next] != _PENDING:
            self.next += 1

    def change(self, item: int, status: TaskStatus, version: int) -> None:
        """An item stands otherwise from now on."""
        before = self.statuses[item]
        if before != _PENDING:
            self.counts[_STATUSES[before]] -= 1
        self.statuses[item] = _CODES[status]
        self.counts[status] += 1
        if status in _ENDED:
            self.active.pop(item, None)
        elif item in self.active:
            self.active[item].since = version

    def begin_again(self) -> None:
        """Those that have not succeeded are to be run again, in their order."""
        self.is_failing = False
        self.again = deque(item for item in range(self.next) if self.statuses[item] != _SUCCEEDED)

    def outcomes(self) -> Iterator[tuple[int, int]]:
        """The items that succeeded, in their order, each with the version of the event that says so."""
        return (
            (item, version)
            for item, (code, version) in enumerate(zip(self.statuses, self.where, strict=True))
            if code == _SUCCEEDED
        )

    def dump(self) -> dict[str, Any]:
        """All of it as plain JSON."""
        return {
            "bindings": {name: binding.model_dump(mode="json") for name, binding in self.bindings.items()},
            "statuses": _packed(bytes(self.statuses)),
            "where": _packed(self.where.tobytes()),
            "attempts": [[item, *last] for item, last in self.attempts.items()],
            "active": [[item, each.run.round, each.run.attempt, each.since] for item, each in self.active.items()],
            "again": list(self.again),
            "next": self.next,
            "queued": self.queued,
            "is_failing": self.is_failing,
            "is_replaced": self.is_replaced,
        }


def load_items(dumped: Mapping[str, Any], task: str, for_each: ForEach) -> Items:
    """The items that were dumped."""
    statuses = _unpacked(dumped["statuses"])
    bindings = {name: Binding.model_validate(binding) for name, binding in dumped["bindings"].items()}
    items = Items(for_each, len(statuses), bindings)
    items.statuses = bytearray(statuses)
    items.where = array(_VERSION, _unpacked(dumped["where"]))
    items.attempts = {item: (number, attempt) for item, number, attempt in dumped["attempts"]}
    for item, number, attempt, since in dumped["active"]:
        items.active[item] = Active(Run(task=task, item=item, round=number, attempt=attempt), since)
    items.again.extend(dumped["again"])
    items.counts.update((status, statuses.count(code)) for status, code in _CODES.items() if code != _PENDING)
    for name in ("next", "queued", "is_failing", "is_replaced"):
        setattr(items, name, dumped[name])
    return items


def _packed(content: bytes) -> str:
    return b64encode(compress(content, 1)).decode()


def _unpacked(text: str) -> bytes:
    return decompress(b64decode(text))
