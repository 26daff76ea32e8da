"""Streams that begin with a command that follows from another: in the same unit, with nothing read and nothing decided twice."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest

from domain.events import Event
from domain.subject import Command
from event_store import dispatch
from event_store.envelope import read_envelope
from event_store.reader import Reader
from tests.conftest import Database
from tests.event_store.test_dispatch import ACCOUNTS, LIMIT, Deposit, Deposited, LimitExceeded, decide, process

pytestmark = pytest.mark.anyio


class OpenWith(Deposit):
    """Open an account that is not there yet, with an amount."""

    @property
    def begins(self) -> bool:
        """Its id is made for it."""
        return True


@dataclass
class Followed:
    """Accounts of which each deposit opens others; what was decided is counted."""

    to_open: list[UUID] = field(default_factory=list)
    decided: list[Command] = field(default_factory=list)

    def decide(self, command: Deposit, balance: int) -> list[Event]:
        """As ever."""
        self.decided.append(command)
        return decide(command, balance)

    def react(self, stream: UUID, event: Event, at: datetime, _balance: int) -> Iterable[Command]:
        """Each of the accounts is opened with the amount."""
        if stream not in self.to_open and isinstance(event, Deposited):
            yield from (OpenWith(account=each, amount=event.amount, at=at) for each in self.to_open)

    @property
    def subject(self) -> Any:
        """The accounts, for a dispatch."""
        return replace(ACCOUNTS, decide=self.decide, reactions=self.react)


async def test_it_begins_in_the_unit_of_its_cause(database: Database) -> None:
    account, opened = uuid4(), uuid4()
    async with process(database, accounts=Followed([opened]).subject) as one:
        receipt = await one.deposit(account, 7)
        (cause,), (effect,) = await one.reader.read_stream(account), await one.reader.read_stream(opened)
        assert (cause.position + 1, receipt.position) == (effect.position, effect.position)
        assert read_envelope(effect.state).cause == f"{account}:1"
        assert [(each.stream, each.first_version) for each in one.written] == [(account, 1), (opened, 1)]
        assert await one.balance(opened) == (7, 1)


async def test_nothing_is_read_for_it_and_nothing_decided_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = uuid4()
    followed = Followed([])
    async with process(database, owns=lambda stream: stream == account, accounts=followed.subject) as one:
        await one.deposit(account, 1)
        followed.to_open += [uuid4() for _ in range(3)]
        reads = count_reads(monkeypatch)
        followed.decided.clear()
        await one.deposit(account, 5)
        assert (len(followed.decided), reads) == (4, [])
        assert [(await one.balance(each)) for each in followed.to_open] == [(5, 1)] * 3
        # Each can be worked on by itself afterwards.
        await asyncio.gather(*(one.deposit(each, 1) for each in followed.to_open))
        assert [(await one.balance(each)) for each in followed.to_open] == [(6, 2)] * 3


async def test_one_that_others_have_begun_meanwhile_is_decided_on_its_tail(database: Database) -> None:
    account, opened = uuid4(), uuid4()
    async with process(database) as other, process(database, accounts=Followed([opened]).subject) as one:
        await other.deposit(opened, 3)
        await one.deposit(account, 4)
        assert await one.balance(opened) == await other.balance(opened) == (7, 2)
        assert await one.balance(account) == (4, 1)


async def test_one_that_is_refused_takes_its_cause_along(database: Database) -> None:
    account, opened = uuid4(), uuid4()
    async with process(database) as other, process(database, accounts=Followed([opened]).subject) as one:
        await other.deposit(opened, LIMIT)
        with pytest.raises(LimitExceeded):
            await one.deposit(account, 1)
        assert await one.balance(account) == (0, 0)
        assert await one.balance(opened) == (LIMIT, 1)
        await asyncio.wait_for(one.deposit(opened, 0), 5)  # Nobody holds it any more.


async def test_one_that_is_being_worked_on_is_waited_for(database: Database) -> None:
    account, opened = uuid4(), uuid4()
    async with process(database, accounts=Followed([opened]).subject) as one:
        await asyncio.gather(one.deposit(opened, 2), *(one.deposit(account, 1) for _ in range(20)))
        assert await one.balance(account) == (20, 20)
        assert (await one.balance(opened))[0] == 22


@pytest.mark.parametrize(("unit", "together"), [(20, 5), (5, 100)])
async def test_many_requests_decided_together_begin_no_more_than_a_unit_holds(
    database: Database, monkeypatch: pytest.MonkeyPatch, unit: int, together: int
) -> None:
    monkeypatch.setattr(dispatch, "UNIT_STREAMS_MAX", unit)
    monkeypatch.setattr(dispatch, "STREAMS_TOGETHER_MAX", together)
    account = uuid4()
    decided: list[Command] = []

    def decide_counted(command: Deposit, balance: int) -> list[Event]:
        decided.append(command)
        return decide(command, balance)

    def react(stream: UUID, event: Event, at: datetime, _balance: int) -> Iterable[Command]:
        if stream == account and isinstance(event, Deposited):
            for name in ("a", "b"):
                yield OpenWith(account=uuid5(account, f"{name}{event.amount}"), amount=event.amount, at=at)

    subject = replace(ACCOUNTS, decide=decide_counted, reactions=react)
    async with process(database, owns=account.__eq__, accounts=subject) as one:
        await asyncio.gather(*(one.deposit(account, amount) for amount in range(1, 21)))
        assert (await one.balance(account))[1] == 20
        log = await one.reader.read_log(0, 1_000)
        assert Counter(record.stream for record in log if record.topic == Deposited.wire).most_common(2)[1][1] == 1
        assert len([record for record in log if record.topic == Deposited.wire]) == 60
    assert (len(decided) == 60) == (together < unit)  # What finds no room is decided once more; mostly it is not tried.


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    """The streams whose tails are read from now on."""
    reads: list[UUID] = []
    read_tail = Reader.read_tail

    async def counted(reader: Reader, stream: UUID, after_version: int, limit: int) -> Any:
        reads.append(stream)
        return await read_tail(reader, stream, after_version, limit)

    monkeypatch.setattr(Reader, "read_tail", counted)
    return reads
