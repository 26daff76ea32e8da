"""How a list is put in another order with as few moves as possible."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from typing import TypeVar

Item = TypeVar("Item", bound=Hashable)


def moves(now: Sequence[Item], wanted: Sequence[Item], *, last_moves: bool = True) -> list[tuple[Item, Item | None]]:
    """What is to be put where, one after another: each directly before another, or (None) last. What is not there yet is put, too.

    `now` holds nothing that is not wanted. Where the last cannot move, as there is nothing to put it before, others move instead.
    """
    place = {item: at for at, item in enumerate(now)}
    known = [item for item in wanted if item in place]
    if not last_moves and wanted and wanted[-1] in place:
        known = [item for item in known if place[item] <= place[wanted[-1]]]
    rising = _longest_rising([place[item] for item in known])
    staying = {known[at] for at in rising}
    if not last_moves and wanted and wanted[-1] in place:
        staying.add(wanted[-1])
    following = dict(zip(wanted, [*wanted[1:], None], strict=False))
    return [(item, following[item]) for item in reversed(wanted) if item not in staying]


def _longest_rising(numbers: Sequence[int]) -> list[int]:
    """Where a longest rising part of a sequence stands."""
    ends: list[int] = []  # the smallest last number of a rising part of each length
    places: list[int] = []
    before: list[int | None] = []
    for at, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(places[length - 1] if length else None)
        ends[length : length + 1] = [number]
        places[length : length + 1] = [at]
    found: list[int] = []
    step: int | None = places[-1] if places else None
    while step is not None:
        found.append(step)
        step = before[step]
    return found[::-1]
