"""What a runner says of runs that wait for workers is said in an order in which no run is given out that has ended."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import UUID, uuid4

import pytest

from runner.external.offering import AT_ONCE_MAX, Offering

pytestmark = pytest.mark.anyio


class Said:
    """In place of the table: what it was told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int]] = []
        self.all = asyncio.Event()

    async def withdraw(self, runs: Collection[tuple[UUID, str]]) -> None:
        self.told.append(("withdrawn", len(runs)))

    async def free_again(self, numbers: Collection[int]) -> None:
        self.told.append(("free", len(numbers)))
        self.all.set()


async def test_what_ended_is_withdrawn_before_anything_is_free_again_however_much_that_is() -> None:
    said: Any = Said()
    offering = Offering(said)
    for _ in range(2 * AT_ONCE_MAX + 1):
        offering.withdraw((uuid4(), "work#1.1"))
    offering.free_again(7)
    assert offering.with_free_again([1]) == [1, 7]
    saying = asyncio.create_task(offering.run())
    await asyncio.wait_for(said.all.wait(), 5)
    saying.cancel()
    assert said.told == [("withdrawn", AT_ONCE_MAX), ("withdrawn", AT_ONCE_MAX), ("withdrawn", 1), ("free", 1)]
    assert offering.with_free_again([1]) == [1]
