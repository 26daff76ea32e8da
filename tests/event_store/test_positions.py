"""Positions as shown outside: true ones are taken back, all others are refused with a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from event_store.epochs import begin_epoch
from event_store.positions import (
    TEXT_CHARACTERS,
    Cursor,
    CursorFromAnotherLog,
    CursorFromBeforeRestore,
    CursorMalformed,
    Positions,
    decode,
    encode,
)
from tests.conftest import Database
from tests.event_store.notes import connected, new_id, running_journal, running_reader, write_chain

CURSORS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent.parent / "golden" / "cursors.json").read_text(encoding="utf-8"),
)["cursors"]
SOME = st.builds(
    Cursor, st.uuids(), st.integers(1, 2**32 - 1), st.integers(0, 2**63 - 1), st.binary(min_size=4, max_size=4)
)


@pytest.mark.parametrize("case", CURSORS, ids=lambda case: str(case["position"]))
def test_texts_are_as_they_always_were(case: dict[str, Any]) -> None:
    cursor = Cursor(UUID(case["log"]), case["epoch"], case["position"], bytes.fromhex(case["mark"]))
    assert encode(cursor) == case["text"]
    assert decode(case["text"]) == cursor


@given(SOME)
def test_every_cursor_is_read_back(cursor: Cursor) -> None:
    assert decode(encode(cursor)) == cursor
    assert len(encode(cursor)) == TEXT_CHARACTERS


@given(
    st.one_of(
        st.text(), SOME.map(encode).map(lambda text: text[:-1] + "!"), SOME.map(encode).map(lambda text: text + "=")
    )
)
def test_another_text_is_refused(text: str) -> None:
    with pytest.raises(CursorMalformed, match="Expected a position as this system gave it"):
        decode(text)


@pytest.mark.anyio
async def test_only_positions_that_are_still_true_are_taken_back(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        await write_chain(journal, new_id(), 3)
        positions = Positions(await reader.identity(), reader.hash_at)
        (record,) = await reader.read_log(2, 1)
        shown = positions.show(record.position, record.hash)
        assert shown == await positions.show_at(3)
        assert [await positions.read(text) for text in (shown, await positions.show_at(0))] == [3, 0]
        with pytest.raises(LookupError):
            await positions.show_at(9)

        other = decode(shown)
        with pytest.raises(CursorFromAnotherLog, match="of this log, but got one of another"):
            await positions.read(encode(Cursor(new_id(), other.epoch, other.position, other.mark)))
        for false in (
            Cursor(other.log, 1, 3, b"????"),
            Cursor(other.log, 1, 9, other.mark),
            Cursor(other.log, 1, 0, b"????"),
        ):
            with pytest.raises(CursorFromBeforeRestore, match="but it was restored since"):
                await positions.read(encode(false))


@pytest.mark.anyio
async def test_a_copy_restored_by_any_means_is_noticed(database: Database) -> None:
    async with running_journal(database.service_dsn) as journal, running_reader(database.service_dsn) as reader:
        await write_chain(journal, new_id(), 3)
        positions = Positions(await reader.identity(), reader.hash_at)
        kept, lost = await positions.show_at(2), await positions.show_at(4)
        with connected(database.owner_dsn) as connection:  # As if the copy had been made before the last two.
            connection.execute("delete from stored_events where notification_id > 2")
            connection.execute("delete from commits where last > 2")
        await write_chain(journal, new_id(), 3)
        assert await positions.read(kept) == 2
        with pytest.raises(CursorFromBeforeRestore):
            await positions.read(lost)
        begin_epoch(database.owner_dsn, reason="restored", actor="system:test")
        with pytest.raises(CursorFromBeforeRestore):
            await Positions(await reader.identity(), reader.hash_at).read(kept)
