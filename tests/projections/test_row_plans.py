"""Rows are looked up by their keys, each by itself, whatever the planner believes of a table that was empty when it last looked, and is full now."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import psycopg
import pytest

from projections import projector, rebuilding, rows
from projections.catalogue import READ_MODELS
from projections.progress import LIVE
from projections.tables import Table
from tests.conftest import Database

TABLES = [table for model in READ_MODELS for table in model.tables if not table.once]


def statements(table: Table[object]) -> Iterator[bytes]:
    """What looks rows of a table up."""
    yield rows._select(table, LIVE)
    yield rows._delete(table, LIVE)
    if table.moving:
        yield rows._update(table, LIVE)


def plan(connection: psycopg.Connection[tuple[str]], statement: bytes) -> str:
    """How it is done, whatever it is given."""
    parts = statement.split(b"%b")
    numbered = b"".join(part + b"$%d" % number for number, part in enumerate(parts[:-1], start=1)) + parts[-1]
    return "\n".join(row[0] for row in connection.execute(b"explain (generic_plan) " + numbered, prepare=False))


@pytest.mark.parametrize("settings", [projector._SETTINGS, rebuilding._SETTINGS], ids=["projector", "rebuild"])
def test_each_key_is_looked_up(database: Database, settings: Mapping[str, str]) -> None:
    with psycopg.connect(database.owner_dsn, autocommit=True) as owner:
        owner.execute("vacuum analyze")  # Now every table is known to be empty.
        for name, value in settings.items():
            owner.execute("select set_config(%s, %s, false)", (name, value))
        for table in TABLES:
            for statement in statements(table):
                how = plan(owner, statement)
                assert f"{table.name}_pkey" in how, how
                [condition] = re.findall(r"Index Cond: (.*)", how)
                assert [name for name in table.key if name not in condition] == [], how
                assert "Filter" not in how, how  # Each row would be compared with each.
                assert "Seq Scan" not in how, how
