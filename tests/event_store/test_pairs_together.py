"""Requests that each concern two streams that others write too, as a review and its job, are one unit where they come at once."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from event_store import together
from event_store.desks import Desk
from event_store.folding import Folding
from event_store.journal import Journal
from event_store.requests import Receipt
from event_store.units import Claim, Committed, Origin, Unit
from tests.conftest import Database
from tests.event_store.test_dispatch import LIMIT, NOW, WORKSPACE, Deposit, LimitExceeded, Process, process
from tests.event_store.test_together import ACTOR, open_all, units

__all__ = ["units"]

pytestmark = pytest.mark.anyio

Pairs = Sequence[tuple[UUID, UUID]]
"""Accounts, and the mirrors that get what these get."""


async def opened(one: Process, count: int) -> Pairs:
    """So many accounts with 1 in each, and their mirrors."""
    accounts, _ = await open_all(one, [1] * (2 * count))
    return list(zip(accounts[:count], accounts[count:], strict=True))


async def pay(one: Process, pairs: Pairs, amounts: Sequence[int]) -> list[Receipt | BaseException]:
    """Deposits into accounts and their mirrors at once, in one operation."""
    origin = Origin(ACTOR, WORKSPACE)
    commands = [
        Deposit(account=account, amount=amount, at=NOW, mirror=mirror)
        for (account, mirror), amount in zip(pairs, amounts, strict=True)
    ]
    return await asyncio.gather(*(one.dispatch.send(each, origin) for each in commands), return_exceptions=True)


async def balances(one: Process, pairs: Pairs) -> list[tuple[int, int]]:
    """What is in each account and its mirror."""
    return [((await one.balance(account))[0], (await one.balance(mirror))[0]) for account, mirror in pairs]


async def test_they_are_read_together_and_written_as_one_unit(database: Database, units: list[int]) -> None:
    async with process(database) as other, process(database) as one:
        pairs = await opened(other, 20)
        answers = await pay(one, pairs, range(1, 21))
        assert units == [40, 40]
        assert [(each.first_version, each.last_version) for each in answers if isinstance(each, Receipt)] == [
            (2, 2)
        ] * 20
        await pay(other, pairs, [1] * 20)  # It reads what the first has written.
        assert units == [40, 40, 40]
        expected = [(amount + 2, amount + 2) for amount in range(1, 21)]
        assert await balances(one, pairs) == await balances(other, pairs) == expected


async def test_two_that_concern_the_same_stream_are_decided_one_after_the_other(
    database: Database, units: list[int]
) -> None:
    async with process(database) as one:
        (first, shared), (second, _), (third, alone) = await opened(one, 3)
        pairs = [(first, shared), (second, shared), (third, alone)]
        answers = await pay(one, pairs, [10, 20, 30])
        assert all(isinstance(each, Receipt) for each in answers)
        assert sorted(units[1:]) == [2, 4]
        assert await balances(one, pairs) == [(11, 31), (21, 31), (31, 31)]


async def test_one_whose_other_stream_refuses_writes_nothing_and_leaves_the_others_alone(
    database: Database, units: list[int]
) -> None:
    async with process(database) as one:
        pairs = await opened(one, 3)
        await one.deposit(pairs[1][1], LIMIT - 5)
        answers = await pay(one, pairs, [10, 10, 10])
        assert [type(each) for each in answers] == [Receipt, LimitExceeded, Receipt]
        assert units[2:] == [4]
        assert await balances(one, pairs) == [(11, 11), (1, LIMIT - 4), (11, 11)]


async def test_where_another_process_was_faster_in_either_stream_that_pair_alone_is_decided_anew(
    database: Database, units: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process(database) as other, process(database) as one:
        pairs = await opened(other, 3)
        append = Journal.append

        async def late(journal: Journal, unit: Unit) -> Committed:
            if len(unit.appends) == 6:
                await other.deposit(pairs[0][0], 100)
                await other.deposit(pairs[2][1], 100)
            return await append(journal, unit)

        monkeypatch.setattr(Journal, "append", late)
        answers = await pay(one, pairs, [10, 10, 10])
        assert [each.last_version for each in answers if isinstance(each, Receipt)] == [3, 2, 2]
        assert await balances(one, pairs) == [(111, 11), (11, 11), (11, 111)]
        assert sorted(units[1:]) == [1, 1, 2, 2, 2, 6]


async def test_one_of_which_much_is_to_be_read_lets_go_of_both_only_when_it_is_read(
    database: Database, units: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process(database) as other, process(database) as one:
        pairs = await opened(other, 2)
        refresh, read = Folding.refresh, asyncio.Event()

        async def slowly(folding: Folding, desk: Desk) -> None:
            if desk.stream == pairs[0][1]:
                await read.wait()
            await refresh(folding, desk)

        monkeypatch.setattr(Folding, "refresh", slowly)
        monkeypatch.setattr(together, "LOAD_SECONDS_MAX", 0.05)
        origin = Origin(ACTOR, WORKSPACE)
        late, quick = [
            asyncio.ensure_future(one.dispatch.send(Deposit(account=a, amount=10, at=NOW, mirror=m), origin))
            for a, m in pairs
        ]
        assert (await quick).last_version == 2
        beside = asyncio.ensure_future(one.deposit(pairs[0][0], 5))
        await asyncio.sleep(0.05)
        assert not late.done()
        assert not beside.done()
        read.set()
        assert (await late).last_version == 2
        await beside
        assert units == [4, 2, 2, 1]
        assert await balances(one, pairs) == [(16, 11), (11, 11)]


async def test_a_claim_told_again_is_answered_with_the_first_result_and_the_others_stay_one_unit(
    database: Database, units: list[int]
) -> None:
    async with process(database) as one:
        pairs = await opened(one, 3)

        async def claimed(keys: Sequence[str]) -> list[Receipt]:
            origin = Origin(ACTOR, WORKSPACE)
            return await asyncio.gather(
                *(
                    one.dispatch.send(
                        Deposit(account=account, amount=10, at=NOW, mirror=mirror),
                        origin,
                        [Claim("command_id", key, account, "1")],
                    )
                    for (account, mirror), key in zip(pairs, keys, strict=True)
                )
            )

        await claimed(["a", "b", "c"])
        assert units[1:] == [6]
        again = await claimed(["a", "d", "c"])
        assert [each.repeated for each in again] == [True, False, True]
        assert await balances(one, pairs) == [(11, 11), (21, 21), (11, 11)]
