"""The dispatch on a real log: decisions, reactions in one unit, claims, races between processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from domain.events import Event
from domain.refusals import Refusal
from domain.subject import Command, Subject, command
from event_store.dispatch import Dispatch
from event_store.drafting import Written
from event_store.envelope import Writer, read_envelope
from event_store.folding import PARTS_AN_EVENT, Folding
from event_store.journal import Journal
from event_store.mapper import Mapper
from event_store.reader import Reader
from event_store.requests import ClaimReused, Receipt
from event_store.snapshots import Snapshots
from event_store.units import Claim, Origin
from tests.conftest import Database

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
WORKSPACE = uuid4()
LIMIT = 10_000


class Deposited(Event):
    """An amount was put into an account."""

    wire: ClassVar[str] = "account.deposited.v1"
    amount: int
    mirror: UUID | None = None


class LimitExceeded(Refusal):
    """Expected at most {limit} in the account, but it would have {found}."""


@command
class Deposit(Command):
    """Put an amount into an account; with a mirror, into that account too."""

    subject: ClassVar[str] = "account"
    account: UUID
    amount: int
    mirror: UUID | None = None
    told: bool = True

    @property
    def stream(self) -> UUID:
        """The account."""
        return self.account

    @property
    def touches(self) -> tuple[tuple[str, UUID], ...]:
        """The mirror, when the command is told to say so."""
        return (("account", self.mirror),) if self.mirror and self.told else ()


def decide(command: Deposit, balance: int) -> list[Event]:
    """Deposits until the limit; nothing for an amount of zero."""
    if balance + command.amount > LIMIT:
        raise LimitExceeded(limit=LIMIT, found=balance + command.amount)
    return [Deposited(amount=command.amount, mirror=command.mirror)] if command.amount else []


def evolve(balance: int, event: Deposited) -> int:
    """The balance after the deposit."""
    return balance + event.amount


def reactions(_stream: UUID, event: Event, at: datetime, _balance: int) -> Iterable[Command]:
    """The mirror gets what the account gets."""
    if isinstance(event, Deposited) and event.mirror:
        yield Deposit(account=event.mirror, amount=event.amount, at=at)


ACCOUNTS = Subject(name="account", initial=lambda _: 0, decide=decide, evolve=evolve, reactions=reactions, owned=True)


class SafeMissing(Refusal):
    """Expected a safe, but there is none."""


@command
class OpenSafe(Command):
    """Open a safe that is there already."""

    subject: ClassVar[str] = "safe"
    safe: UUID

    @property
    def stream(self) -> UUID:
        """The safe."""
        return self.safe


def decide_safe(_command: OpenSafe, state: str) -> list[Event]:
    """There never was a safe."""
    assert state == "no safe"
    raise SafeMissing


def evolve_safe(_state: str, event: Event) -> str:
    """Knows no event at all."""
    raise AssertionError(event)


SAFES = Subject(name="safe", initial=lambda _: "no safe", decide=decide_safe, evolve=evolve_safe, owned=True)


@dataclass
class Process:
    """What one process has: its journal, its reader, its dispatch, and what it was told."""

    dispatch: Dispatch
    reader: Reader
    folding: Folding
    written: list[Written]

    async def deposit(self, account: UUID, amount: int, *, claims: tuple[Claim, ...] = (), **more: Any) -> Receipt:
        """Sends a deposit."""
        command = Deposit(account=account, amount=amount, at=NOW, **more)
        return await self.dispatch.send(command, Origin("member:1", WORKSPACE), claims)

    async def balance(self, account: UUID) -> tuple[int, int]:
        """Balance and version."""
        state, version = await self.dispatch.load("account", account, WORKSPACE)
        return state, version


def everything(_stream: UUID) -> bool:
    """A process that owns every stream."""
    return True


def nothing(_stream: UUID) -> bool:
    """A process that owns none."""
    return False


async def content(_workspace: UUID, content_hash: str) -> int:
    """Ordinary accounts need nothing from outside; others what their first command names."""
    return int(content_hash)


@asynccontextmanager
async def process(
    database: Database,
    *,
    owns: Callable[[UUID], bool] = nothing,
    accounts: Subject = ACCOUNTS,
    ahead: timedelta = timedelta(0),
) -> AsyncIterator[Process]:
    """A process on the database, whose clock may be ahead."""
    writer = Writer(build="test", rules=1)
    journal = Journal(database.service_dsn, writer=writer, clock=lambda: datetime.now(UTC) + ahead)
    reader = Reader(database.service_dsn)
    await journal.start()
    await reader.start()
    folding = Folding(
        reader=reader, mapper=Mapper({Deposited.wire: Deposited}), content=content, snapshots=Snapshots(reader)
    )
    dispatch = Dispatch(subjects=[accounts, SAFES], journal=journal, folding=folding, owns=owns)
    written: list[Written] = []
    dispatch.on_written(written.append)
    try:
        yield Process(dispatch, reader, folding, written)
    finally:
        await dispatch.stop()
        await folding.stop()
        await journal.stop()
        await reader.stop()


async def test_a_command_is_decided_written_and_told(database: Database) -> None:
    account = uuid4()
    async with process(database) as one:
        receipt = await one.deposit(account, 5)
        assert (receipt.stream, receipt.first_version, receipt.last_version, receipt.repeated) == (account, 1, 1, False)
        assert await one.balance(account) == (5, 1)
        (told,) = one.written
        assert (told.first_version, told.position, told.state) == (1, receipt.position, 5)


async def test_a_refused_command_writes_nothing_and_later_ones_go_on(database: Database) -> None:
    account = uuid4()
    async with process(database) as one:
        with pytest.raises(LimitExceeded) as refused:
            await one.deposit(account, LIMIT + 1)
        assert refused.value.code == "LIMIT_EXCEEDED"
        assert await one.balance(account) == (0, 0)
        await one.deposit(account, 1)
        assert await one.balance(account) == (1, 1)


@pytest.mark.parametrize("there_already", [True, False])
async def test_an_id_of_another_subject_is_absent_there_and_changes_nothing_for_its_own(
    database: Database, *, there_already: bool
) -> None:
    account = uuid4()
    async with process(database) as writer, process(database) as asked:
        if there_already:
            await writer.deposit(account, 5)
        for _ in range(2):
            assert await asked.dispatch.load("safe", account, WORKSPACE) == ("no safe", 0)
            with pytest.raises(SafeMissing):
                await asked.dispatch.send(OpenSafe(safe=account, at=NOW), Origin("member:1", WORKSPACE))
            await asked.deposit(account, 1)
        assert await asked.balance(account) == ((7, 3) if there_already else (2, 2))
        for subject in ("account", "safe"):
            asked.dispatch.forget(subject, account)
        assert await asked.dispatch.load("safe", account, WORKSPACE) == ("no safe", 0)
        assert await asked.balance(account) == await writer.balance(account)


async def test_a_command_without_events_leaves_no_claim(database: Database) -> None:
    account = uuid4()
    claim = Claim("command", "c-1", account, "d")
    async with process(database) as one:
        assert (await one.deposit(account, 0, claims=(claim,))).position == 0
        assert (await one.deposit(account, 3, claims=(claim,))).repeated is False
        assert await one.balance(account) == (3, 1)


async def test_a_claim_answers_with_the_first_result_or_refuses_another_request(database: Database) -> None:
    account = uuid4()
    async with process(database) as one, process(database) as two:
        first = await one.deposit(account, 3, claims=(Claim("command_id", "c-1", account, "same"),))
        again = await two.deposit(account, 3, claims=(Claim("command_id", "c-1", account, "same"),))
        assert again.repeated
        assert (again.stream, again.first_version, again.last_version, again.position) == (
            account,
            1,
            1,
            first.position,
        )
        with pytest.raises(ClaimReused) as refused:
            await two.deposit(account, 4, claims=(Claim("command_id", "c-1", account, "other"),))
        assert refused.value.code == "COMMAND_ID_REUSED"
        assert await two.balance(account) == (3, 1)


async def test_a_repeated_command_that_would_be_refused_today_is_answered_by_its_first_result(
    database: Database,
) -> None:
    account = uuid4()
    claim = Claim("command_id", "c-1", account, "same")
    async with process(database) as one:
        first = await one.deposit(account, LIMIT, claims=(claim,))
        again = await one.deposit(account, LIMIT, claims=(claim,))
        assert again.repeated
        assert again.position == first.position
        with pytest.raises(LimitExceeded):
            await one.deposit(account, LIMIT, claims=(Claim("command_id", "c-2", account, "same"),))


@pytest.mark.parametrize("told", [True, False])
async def test_what_an_event_provokes_is_written_in_the_same_unit_behind_its_cause(
    database: Database, *, told: bool
) -> None:
    account, mirror = uuid4(), uuid4()
    async with process(database) as one:
        await one.deposit(account, 7, mirror=mirror, told=told)
        (cause,), (effect,) = await one.reader.read_stream(account), await one.reader.read_stream(mirror)
        assert cause.position < effect.position
        assert read_envelope(effect.state).cause == f"{account}:1"


@pytest.mark.parametrize("told", [True, False])
async def test_a_stream_that_a_reaction_begins_is_begun_with_the_content_it_needs(
    database: Database, *, told: bool
) -> None:
    account, mirror = uuid4(), uuid4()
    with_content = replace(ACCOUNTS, initial=lambda found: found or 0, needs=lambda cause: str(10 * cause.amount))  # type: ignore[union-attr]
    async with process(database, accounts=with_content) as one, process(database, accounts=with_content) as two:
        await one.deposit(account, 7, mirror=mirror, told=told)
        for each in (one, two):
            assert await each.balance(account) == (77, 1)
            assert await each.balance(mirror) == (77, 1)
        await two.deposit(account, 1, mirror=mirror, told=told)
        assert await one.balance(mirror) == (78, 2)


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("owns", [everything, nothing])
async def test_when_the_provoked_command_is_refused_nothing_is_written(
    database: Database, *, told: bool, owns: Callable[[UUID], bool]
) -> None:
    account, mirror = uuid4(), uuid4()
    async with process(database, owns=owns) as one:
        await one.deposit(mirror, LIMIT)
        with pytest.raises(LimitExceeded):
            await one.deposit(account, 1, mirror=mirror, told=told)
        assert await one.balance(account) == (0, 0)
        assert await one.balance(mirror) == (LIMIT, 1)


@pytest.mark.parametrize("told", [True, False])
async def test_commands_that_mirror_each_other_crosswise_never_wait_for_each_other(
    database: Database, *, told: bool
) -> None:
    left, right = uuid4(), uuid4()
    async with process(database) as one, asyncio.timeout(20):
        await asyncio.gather(
            *(one.deposit(left, 1, mirror=right, told=told) for _ in range(40)),
            *(one.deposit(right, 1, mirror=left, told=told) for _ in range(40)),
            *(one.deposit(left, 1) for _ in range(40)),
        )
        assert await one.balance(left) == (120, 120)
        assert await one.balance(right) == (80, 80)


@pytest.mark.parametrize("owns", [everything, nothing])
async def test_two_processes_on_one_stream_lose_and_double_nothing(
    database: Database, *, owns: Callable[[UUID], bool]
) -> None:
    account = uuid4()
    async with (
        process(database, owns=owns) as one,
        process(database, owns=owns) as two,
        asyncio.timeout(30),
    ):
        for _ in range(10):
            await asyncio.gather(
                *(one.deposit(account, 1) for _ in range(10)), *(two.deposit(account, 1) for _ in range(10))
            )
        assert await one.balance(account) == (200, 200)
        assert [record.version for record in await two.reader.read_stream(account)] == list(range(1, 201))


async def test_a_refusal_on_a_kept_state_is_checked_on_the_tail_first(database: Database) -> None:
    account = uuid4()
    async with process(database, owns=everything) as runner, process(database) as api:
        await runner.deposit(account, LIMIT)
        await api.deposit(account, -LIMIT)
        await runner.deposit(account, LIMIT)
        assert await runner.balance(account) == (LIMIT, 3)


async def test_what_is_written_to_a_stream_of_another_owner_is_marked_for_it(database: Database) -> None:
    own, others = uuid4(), uuid4()
    async with process(database, owns=lambda stream: stream == own) as one, process(database) as two:
        await two.deposit(others, 7)
        await one.deposit(own, 5, mirror=others)
        await one.deposit(own, 1)
        woken = await one.reader.read_wake(0, 10)
        assert [(record.stream, record.version) for record in woken] == [(others, 1), (others, 2)]


async def test_many_requests_to_one_stream_share_units(database: Database) -> None:
    account = uuid4()
    async with process(database) as one:
        receipts = await asyncio.gather(*(one.deposit(account, 1) for _ in range(300)))
        assert {receipt.first_version for receipt in receipts} == set(range(1, 301))
        assert len({receipt.position for receipt in receipts}) < 100


async def test_a_stream_of_another_workspace_does_not_exist_here(database: Database) -> None:
    account = uuid4()
    async with process(database) as one:
        await one.deposit(account, 5)
        elsewhere = uuid4()
        assert await one.dispatch.load("account", account, elsewhere) == (0, 0)
        with pytest.raises(Refusal, match="not in use"):
            await one.dispatch.send(Deposit(account=account, amount=1, at=NOW), Origin("member:2", elsewhere))
        assert await one.balance(account) == (5, 1)


async def test_a_long_stream_is_folded_from_its_snapshot_unless_another_fold_made_it(database: Database) -> None:
    account = uuid4()
    folded: list[int] = []

    def counting(balance: int, event: Deposited) -> int:
        folded.append(event.amount)
        return evolve(balance, event)

    kept = replace(ACCOUNTS, dump=lambda balance: {"balance": balance}, load=lambda state, _: state["balance"])
    async with process(database, accounts=kept) as one:
        await asyncio.gather(*(one.deposit(account, 1) for _ in range(1_005)))
    async with process(database, accounts=replace(kept, evolve=counting)) as two:
        assert await two.balance(account) == (1_005, 1_005)
    assert len(folded) < 600


async def test_the_larger_a_state_is_the_further_its_snapshots_stand_apart(database: Database) -> None:
    account = uuid4()
    kept = replace(ACCOUNTS, dump=lambda balance: {"balance": balance}, load=lambda state, _: state["balance"])
    large = replace(kept, size=lambda _: 1_500 * PARTS_AN_EVENT)
    async with process(database, accounts=large) as one:
        await asyncio.gather(*(one.deposit(account, 1) for _ in range(1_200)))
        assert await snapshot_version(one) is None
        await asyncio.gather(*(one.deposit(account, 1) for _ in range(400)))
        first = await snapshot_version(one)
        assert first is not None
        assert first >= 1_500
        await asyncio.gather(*(one.deposit(account, 1) for _ in range(1_400)))
        assert await snapshot_version(one) == first


async def test_a_long_stream_that_was_folded_without_a_snapshot_leaves_one(database: Database) -> None:
    account = uuid4()
    async with process(database) as one:
        await asyncio.gather(*(one.deposit(account, 1) for _ in range(1_005)))
        assert await snapshot_version(one) is None
    kept = replace(ACCOUNTS, dump=lambda balance: {"balance": balance}, load=lambda state, _: state["balance"])
    async with process(database, accounts=kept) as two:
        assert await two.balance(account) == (1_005, 1_005)
        await two.folding.stop()
        assert await snapshot_version(two) == 1_005


async def snapshot_version(process: Process) -> int | None:
    """The version of the only snapshot there is, once those on their way are written."""
    await process.folding.stop()
    rows = await process.reader.rows("select version from snapshots", ())
    return None if not rows else int(rows[0][0])
