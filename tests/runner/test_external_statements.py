"""Runs that wait for workers are found by their numbers, whatever the planner believes of a table that fills and empties by the second."""

from __future__ import annotations

import re
from itertools import count

import pytest

from runner.external import leases, rows
from tests.conftest import Database
from tests.event_store.notes import connected

BY_NUMBERS = {
    "keep": leases._KEEP,
    "look": leases._LOOK,
    "tell": leases._TELL,
    "told": rows._TOLD,
    "free again": rows._FREE_AGAIN,
    "recorded": rows._RECORDED,
}
GROWS = ("external_tasks_held_idx", "external_tasks_token_idx", "external_tasks_free_idx", "Seq Scan on external_tasks")
"""Until it is vacuumed, each of these holds every run there was."""


def plan(database: Database, statement: str) -> str:
    """How a statement is done by a session that has never seen a row of the table."""
    numbers = count(1)
    generic = re.sub("%b", lambda _: f"${next(numbers)}", statement)
    with connected(database.service_dsn) as connection:
        connection.execute("set enable_seqscan = off")  # As `event_store.reader` does.
        return "\n".join(row[0] for row in connection.execute(b"explain (generic_plan) " + generic.encode()))


@pytest.mark.parametrize("statement", BY_NUMBERS.values(), ids=BY_NUMBERS)
def test_rows_are_found_by_their_numbers(database: Database, statement: str) -> None:
    how = plan(database, statement)
    assert "external_tasks_pkey" in how or "external_tasks_over_idx" in how, how
    assert "number = ANY" in how, how
    assert not [index for index in GROWS if index in how], how
    assert "Join Filter" not in how, how  # Each of a hundred runs would be compared with each.


def test_what_is_withdrawn_is_found_by_its_job(database: Database) -> None:
    how = plan(database, rows._WITHDRAW)
    assert "external_tasks_job_id_run_key" in how, how
    assert "job_id = ANY" in how, how
    assert "Join Filter" not in how, how
