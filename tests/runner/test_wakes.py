"""Which positions need not be read, because they are the runner's own or were read; and that a stream is found whole."""

from __future__ import annotations

import asyncio
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_store.units import Record
from runner import wakes as wakes_module
from runner.wakes import Covered, Wakes
from tests.conftest import Database
from tests.event_store.notes import follow, new_id, running_journal, running_reader, unit


def test_own_positions_cover_only_what_stands_without_a_gap() -> None:
    covered = Covered()
    covered.read_to(10)
    covered.wrote(14, 15)
    assert covered.position == 10
    covered.wrote(11, 12)
    assert covered.position == 12
    covered.read_to(13)
    assert covered.position == 15


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(0, 5)), max_size=30))
def test_in_any_order_nothing_of_others_is_covered(ranges: list[tuple[int, int]]) -> None:
    covered = Covered()
    own: set[int] = set()
    for first, more in ranges:
        own |= set(range(first, first + more + 1))
        covered.wrote(first, first + more)
        expected = 0
        while expected + 1 in own:
            expected += 1
        assert covered.position == expected


@pytest.mark.anyio
@pytest.mark.parametrize("at_once", [1, 2, 3, 4, 7, 100])
async def test_what_was_written_to_a_stream_at_once_is_found_at_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, at_once: int
) -> None:
    """However little one read gives: by halves, a job would be decided on as it never stood in the log."""
    monkeypatch.setattr(wakes_module, "WAKES_AT_ONCE_MAX", at_once)
    monkeypatch.setattr(wakes_module, "POLL_SECONDS", 0.05)
    written = [(new_id(), events) for events in (2, 3, 9, 1, 1, 4)]
    found: list[tuple[UUID, list[int]]] = []
    all_found = asyncio.Event()

    async def note(stream: UUID, records: list[Record]) -> None:
        found.append((stream, [record.version for record in records]))
        if len(found) == len(written):
            all_found.set()

    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        wakes = Wakes(reader=reader, covered=Covered(), is_busy=lambda: False, found={"test": note})
        await wakes.begin()
        running = asyncio.create_task(wakes.run())
        try:
            await journal.append(unit(*(follow(stream, events=events, wake=True) for stream, events in written)))
            async with asyncio.timeout(20):
                await all_found.wait()
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    assert found == [(stream, list(range(1, events + 1))) for stream, events in written]
