"""What many streams are asked at once for the same origin: one unit for all of it, and for each an answer of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from domain.events import Event
from domain.subject import Command
from event_store import together
from event_store.desks import Desk
from event_store.folding import Folding
from event_store.journal import Journal
from event_store.requests import ClaimReused, Receipt
from event_store.units import Claim, Committed, Origin, StoreUnavailable, Unit
from tests.conftest import Database
from tests.event_store.test_beginning_streams import OpenWith, count_reads
from tests.event_store.test_dispatch import (
    ACCOUNTS,
    LIMIT,
    NOW,
    WORKSPACE,
    Deposit,
    LimitExceeded,
    Process,
    everything,
    process,
)
from tests.event_store.test_dispatch import decide as decide_deposit

pytestmark = pytest.mark.anyio

ACTOR = "member:1"


async def open_all(one: Process, amounts: Sequence[int]) -> tuple[list[UUID], list[Receipt | BaseException]]:
    """Opens accounts at once, in one operation; what became of each."""
    origin, accounts = Origin(ACTOR, WORKSPACE), [uuid4() for _ in amounts]
    commands = [
        OpenWith(account=account, amount=amount, at=NOW) for account, amount in zip(accounts, amounts, strict=True)
    ]
    answers = await asyncio.gather(*(one.dispatch.send(each, origin) for each in commands), return_exceptions=True)
    return accounts, answers


async def deposit_all(one: Process, accounts: Sequence[UUID], amount: int) -> list[Receipt | BaseException]:
    """Deposits into accounts at once, in one operation; what became of each."""
    origin = Origin(ACTOR, WORKSPACE)
    commands = [Deposit(account=account, amount=amount, at=NOW) for account in accounts]
    return await asyncio.gather(*(one.dispatch.send(each, origin) for each in commands), return_exceptions=True)


@pytest.fixture
def units(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many streams each unit had that was appended."""
    sizes: list[int] = []
    append = Journal.append

    async def counted(journal: Journal, unit: Unit) -> Committed:
        sizes.append(len(unit.appends))
        return await append(journal, unit)

    monkeypatch.setattr(Journal, "append", counted)
    return sizes


async def test_they_are_one_unit_and_each_can_be_worked_on_afterwards(database: Database, units: list[int]) -> None:
    async with process(database) as one:
        accounts, answers = await open_all(one, range(1, 31))
        assert units == [30]
        last = await one.reader.last_position()
        assert {(each.position, each.first_version) for each in answers if isinstance(each, Receipt)} == {(last, 1)}
        assert [(each.stream, each.first_version, each.state) for each in one.written] == [
            (account, 1, amount) for account, amount in zip(accounts, range(1, 31), strict=True)
        ]
        await asyncio.gather(*(one.deposit(account, 1) for account in accounts))
        assert [await one.balance(account) for account in accounts] == [(amount + 1, 2) for amount in range(1, 31)]


async def test_what_comes_from_other_origins_is_another_unit(database: Database, units: list[int]) -> None:
    async with process(database) as one:
        await asyncio.gather(open_all(one, [1, 2]), open_all(one, [3]))
    assert sorted(units) == [1, 2]


async def test_one_that_is_refused_or_has_nothing_to_write_leaves_the_others_alone(
    database: Database, units: list[int]
) -> None:
    async with process(database) as one:
        accounts, answers = await open_all(one, [1, LIMIT + 1, 0, 2])
        assert units == [2]
        assert isinstance(answers[1], LimitExceeded)
        assert [isinstance(each, Receipt) for each in answers] == [True, False, True, True]
        assert [await one.balance(account) for account in accounts] == [(1, 1), (0, 0), (0, 0), (2, 1)]
        await asyncio.wait_for(one.deposit(accounts[1], 5), 5)
        assert await one.balance(accounts[1]) == (5, 1)


async def test_one_that_was_begun_by_others_leaves_the_rest_as_decided(database: Database, units: list[int]) -> None:
    async with process(database) as other, process(database) as one:
        taken, origin = uuid4(), Origin(ACTOR, WORKSPACE)
        await other.deposit(taken, 7)
        accounts = [uuid4(), taken, uuid4()]
        commands = [OpenWith(account=account, amount=1, at=NOW) for account in accounts]
        answers = await asyncio.gather(*(one.dispatch.send(each, origin) for each in commands))
        assert [each.last_version for each in answers] == [1, 2, 1]
        assert units[:3] == [1, 3, 2]
        assert [await one.balance(account) for account in accounts] == [(1, 1), (8, 2), (1, 1)]


async def test_a_second_request_to_one_of_them_is_part_of_it(database: Database, units: list[int]) -> None:
    async with process(database) as one:
        first, second, origin = uuid4(), uuid4(), Origin(ACTOR, WORKSPACE)
        asked: list[Deposit] = [
            OpenWith(account=first, amount=1, at=NOW),
            OpenWith(account=second, amount=2, at=NOW),
            Deposit(account=first, amount=3, at=NOW),
        ]
        answers = await asyncio.gather(*(one.dispatch.send(each, origin) for each in asked))
        assert (units, [each.last_version for each in answers]) == ([2], [1, 1, 2])
        assert await one.balance(first) == (4, 2)


async def test_what_is_asked_while_a_unit_is_on_its_way_is_the_next_one(database: Database, units: list[int]) -> None:
    async with process(database, owns=everything) as one:
        accounts, _ = await open_all(one, [1, 2, 3])
        origin = Origin(ACTOR, WORKSPACE)

        def deposits(amount: int) -> list[asyncio.Task[Receipt]]:
            asked = [Deposit(account=account, amount=amount, at=NOW) for account in accounts]
            return [asyncio.ensure_future(one.dispatch.send(each, origin)) for each in asked]

        first = deposits(10)
        while len(units) < 2:  # noqa: ASYNC110 - until the unit of these is being written, which nothing tells
            await asyncio.sleep(0)
        await asyncio.gather(*first, *deposits(20), *deposits(30))
        assert units == [3, 3, 3]
        assert [await one.balance(account) for account in accounts] == [(61, 4), (62, 4), (63, 4)]


async def test_what_is_not_kept_of_streams_of_ones_own_is_read_together_and_they_are_one_unit(
    database: Database, units: list[int]
) -> None:
    async with process(database, owns=everything) as one:
        accounts, _ = await open_all(one, [1, 2, 3])
        for account in accounts:
            one.dispatch.forget("account", account)
        nobody = uuid4()
        answers = await deposit_all(one, [*accounts, nobody], 10)
        assert [each.last_version for each in answers if isinstance(each, Receipt)] == [2, 2, 2, 1]
        assert units == [3, 3, 1]  # Of a stream that does not exist nothing is known: it is decided by itself.
        assert [await one.balance(account) for account in accounts] == [(11, 2), (12, 2), (13, 2)]


async def test_one_of_which_much_is_to_be_read_or_nothing_can_be_does_not_hold_the_others_up(
    database: Database, units: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process(database, owns=everything) as one:
        accounts, _ = await open_all(one, [1, 2, 3, 4])
        for account in accounts:
            one.dispatch.forget("account", account)
        refresh, answered = Folding.refresh, asyncio.Event()

        async def slowly(folding: Folding, desk: Desk) -> None:
            if desk.stream == accounts[1]:
                await answered.wait()
            if desk.stream == accounts[2]:
                raise OSError("Expected a disk, but there is none.")
            await refresh(folding, desk)

        monkeypatch.setattr(Folding, "refresh", slowly)
        monkeypatch.setattr(together, "LOAD_SECONDS_MAX", 0.05)
        origin = Origin(ACTOR, WORKSPACE)
        commands = [Deposit(account=account, amount=10, at=NOW) for account in accounts]
        first, late, broken, last = [asyncio.ensure_future(one.dispatch.send(each, origin)) for each in commands]
        assert [(await each).last_version for each in (first, last)] == [2, 2]
        assert units == [4, 2]
        with pytest.raises(OSError, match="no"):
            await broken
        assert not late.done()
        answered.set()
        assert (await late).last_version == 2
        assert units == [4, 2, 1]


async def test_what_is_claimed_is_part_of_it_and_what_was_claimed_before_is_answered_with_the_first_result(
    database: Database, units: list[int]
) -> None:
    async def open_once(one: Process, keys: Sequence[str], digest: str = "1") -> list[Receipt | BaseException]:
        origin, asked = Origin(ACTOR, WORKSPACE), [(uuid4(), key) for key in keys]
        return await asyncio.gather(
            *(
                one.dispatch.send(
                    OpenWith(account=account, amount=1, at=NOW),
                    origin,
                    [Claim("idempotency_key", key, account, digest)],
                )
                for account, key in asked
            ),
            return_exceptions=True,
        )

    async with process(database) as one, process(database) as other:
        first = await open_once(one, ["a", "b", "c"])
        assert units == [3]
        assert all(isinstance(each, Receipt) and not each.repeated for each in first)
        mixed = await open_once(other, ["b", "d", "c", "e"])
        assert units[:3] == [3, 4, 2]  # Those that are new stay one unit.
        assert [isinstance(each, Receipt) and each.repeated for each in mixed] == [True, False, True, False]
        assert [each.stream for each in (mixed[0], mixed[2])] == [each.stream for each in first[1:]]  # type: ignore[union-attr]
        twice = await open_once(one, ["f", "g", "f"])
        assert len({each.stream for each in twice if isinstance(each, Receipt)}) == 2
        changed = await open_once(one, ["a", "h"], digest="2")
        assert isinstance(changed[0], ClaimReused)
        assert isinstance(changed[1], Receipt)
        assert await one.reader.last_position() == 9  # a to h; the one of `process` itself.


async def test_what_they_provoke_is_part_of_their_unit(database: Database, units: list[int]) -> None:
    def react(stream: UUID, event: Event, at: datetime, _balance: int) -> Iterable[Command]:
        if event.amount < LIMIT:  # type: ignore[attr-defined]
            yield OpenWith(account=uuid5(stream, "mirror"), amount=LIMIT, at=at)

    async with process(database, accounts=replace(ACCOUNTS, reactions=react)) as one:
        accounts, _ = await open_all(one, [1, 2])
        assert units == [4]
        assert [await one.balance(uuid5(account, "mirror")) for account in accounts] == [(LIMIT, 1)] * 2


async def test_where_what_one_provokes_is_refused_the_others_begin_all_the_same(database: Database) -> None:
    def react(stream: UUID, event: Event, at: datetime, _balance: int) -> Iterable[Command]:
        if event.amount == 2:  # type: ignore[attr-defined]
            yield OpenWith(account=uuid5(stream, "mirror"), amount=LIMIT + 1, at=at)

    async with process(database, accounts=replace(ACCOUNTS, reactions=react)) as one:
        accounts, answers = await open_all(one, [1, 2, 3])
        assert [type(each) for each in answers] == [Receipt, LimitExceeded, Receipt]
        assert [await one.balance(account) for account in accounts] == [(1, 1), (0, 0), (3, 1)]


async def test_a_bug_in_one_decision_is_answered_and_nobody_waits_for_ever(database: Database) -> None:
    def decide(command: Deposit, balance: int) -> list[Event]:
        if command.amount == 2:
            raise ZeroDivisionError
        return decide_deposit(command, balance)

    async with process(database, accounts=replace(ACCOUNTS, decide=decide)) as one:
        accounts, answers = await open_all(one, [1, 2, 3])
        assert [type(each) for each in answers] == [Receipt, ZeroDivisionError, Receipt]
        assert [await one.balance(account) for account in accounts] == [(1, 1), (0, 0), (3, 1)]


async def test_more_than_a_unit_holds_are_several(
    database: Database, monkeypatch: pytest.MonkeyPatch, units: list[int]
) -> None:
    monkeypatch.setattr(together, "DESKS_MAX", 10)
    async with process(database) as one:
        accounts, _ = await open_all(one, [1] * 25)
        assert units == [10, 10, 5]
        monkeypatch.setattr(together, "EVENTS_MAX", 4)
        await open_all(one, [1] * 6)
        assert units[3:] == [4, 2]
        assert [await one.balance(account) for account in accounts] == [(1, 1)] * 25


async def test_when_the_store_is_away_each_is_told(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(_journal: Journal, _unit: Unit) -> Any:
        raise StoreUnavailable("gone")

    async with process(database) as one:
        with monkeypatch.context() as patched:
            patched.setattr(Journal, "append", away)
            accounts, answers = await open_all(one, [1, 2])
        assert [type(each) for each in answers] == [StoreUnavailable] * 2
        await asyncio.wait_for(asyncio.gather(*(one.deposit(account, 1) for account in accounts)), 5)
        assert [await one.balance(account) for account in accounts] == [(1, 1)] * 2


async def test_streams_that_are_owned_and_known_are_one_unit_and_nothing_of_them_is_read(
    database: Database, units: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process(database, owns=everything) as one:
        accounts, _ = await open_all(one, [1] * 20)
        reads = count_reads(monkeypatch)
        answers = await deposit_all(one, accounts, 2)
        assert (units, reads) == ([20, 20], [])
        assert {each.last_version for each in answers if isinstance(each, Receipt)} == {2}
        assert [await one.balance(account) for account in accounts] == [(3, 2)] * 20


async def test_streams_that_others_write_to_are_decided_by_themselves(database: Database, units: list[int]) -> None:
    async with process(database) as one:
        accounts, _ = await open_all(one, [1] * 3)
        await deposit_all(one, accounts, 2)
        assert units == [3, 1, 1, 1]


async def test_where_others_were_faster_only_that_is_read_and_decided_anew(
    database: Database, units: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with process(database, owns=everything) as one, process(database) as other:
        accounts, _ = await open_all(one, [1] * 5)
        for account in accounts[1:3]:
            await other.deposit(account, 10)
        units.clear()
        reads = count_reads(monkeypatch)
        answers = await deposit_all(one, accounts, 2)
        assert [each.last_version for each in answers if isinstance(each, Receipt)] == [2, 3, 3, 2, 2]
        assert units == [5, 3, 1, 1]
        assert sorted(reads) == sorted(accounts[1:3])
        assert [(await one.balance(account))[0] for account in accounts] == [3, 13, 13, 3, 3]


async def test_what_is_refused_by_what_is_known_is_refused_by_the_log_alone(database: Database) -> None:
    async with process(database, owns=everything) as one, process(database) as other:
        accounts, _ = await open_all(one, [LIMIT, LIMIT, 1])
        await other.deposit(accounts[0], -5)
        answers = await deposit_all(one, accounts, 2)
        assert [type(each) for each in answers] == [Receipt, LimitExceeded, Receipt]
        assert [(await one.balance(account))[0] for account in accounts] == [LIMIT - 3, LIMIT, 3]


async def test_what_one_stream_is_asked_keeps_its_order(database: Database) -> None:
    async with process(database, owns=everything) as one:
        [account, other], _ = await open_all(one, [1, 1])
        amounts = [
            4,
            LIMIT,
            5,
            LIMIT,
            6,
        ]  # What is too much is asked once more on the tail, and holds up what comes behind.
        asked = [Deposit(account=account, amount=amount, at=NOW) for amount in amounts]
        origin = Origin(ACTOR, WORKSPACE)
        await asyncio.gather(
            *(one.dispatch.send(each, origin) for each in [*asked, Deposit(account=other, amount=1, at=NOW)]),
            return_exceptions=True,
        )
        written = [event for each in one.written if each.stream == account for event in each.events]
        assert [event.amount for event in written] == [1, 4, 5, 6]  # type: ignore[attr-defined]
        assert await one.balance(other) == (2, 2)


async def test_an_event_that_cannot_be_written_leaves_the_others_alone(database: Database) -> None:
    def decide(command: Deposit, balance: int) -> list[Event]:
        events = decide_deposit(command, balance)
        if command.amount == 2:
            events[0].__dict__["amount"] = object()
        return events

    async with process(database, accounts=replace(ACCOUNTS, decide=decide)) as one:
        accounts, answers = await open_all(one, [1, 2, 3])
        assert [isinstance(each, Receipt) for each in answers] == [True, False, True]
        assert [await one.balance(account) for account in accounts] == [(1, 1), (0, 0), (3, 1)]


async def test_a_process_that_stops_waits_for_them(database: Database) -> None:
    async with process(database) as one:
        opening = asyncio.create_task(open_all(one, [1] * 300))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await one.dispatch.stop()
        assert len(one.written) == 300
        await opening


async def test_what_was_dated_ahead_by_another_clock_dates_nothing_else(database: Database, units: list[int]) -> None:
    hour = timedelta(hours=1)
    async with process(database, owns=everything) as one, process(database, ahead=hour) as other:
        accounts, _ = await open_all(one, [1, 1, 1])
        await other.deposit(accounts[1], 1)
        assert await one.balance(accounts[1]) == (2, 2)
        units.clear()
        await deposit_all(one, accounts, 2)
        assert sorted(units) == [1, 2]
        heads = await one.reader.heads(accounts)
        soon = datetime.now(UTC) + hour / 2
        assert [(heads[account].at or soon) > soon for account in accounts] == [False, True, False]
