"""The read models know every event of the subjects they follow, and their tables are what their rows say."""

from __future__ import annotations

import psycopg
import pytest

from domain.catalogue import EVENTS
from projections.catalogue import READ_MODELS
from projections.model import ReadModel
from tests.conftest import Database


@pytest.mark.parametrize("model", READ_MODELS, ids=lambda model: model.name)
def test_a_read_model_knows_every_event_of_its_subjects(model: ReadModel) -> None:
    of_its_subjects = {wire for wire in EVENTS if wire.partition(".")[0] in model.subjects}
    assert of_its_subjects <= set(model.appliers)


def test_every_subject_is_followed() -> None:
    followed = {subject for model in READ_MODELS for subject in model.subjects}
    assert {wire.partition(".")[0] for wire in EVENTS} - followed <= {"log"}


def test_names_are_used_once() -> None:
    names = [table.name for model in READ_MODELS for table in model.tables]
    assert len(names) == len(set(names))
    assert len(READ_MODELS) == len({model.name for model in READ_MODELS})


def test_tables_have_the_columns_of_their_rows(database: Database) -> None:
    with psycopg.connect(database.owner_dsn) as connection:
        for model in READ_MODELS:
            for table in model.tables:
                found = connection.execute(
                    "select attname, format_type(atttypid, atttypmod) from pg_attribute "
                    "where attrelid = %s::regclass and attnum > 0 and not attisdropped order by attnum",
                    (f"views.{table.name}",),
                ).fetchall()
                types = {"int8": "bigint", "bool": "boolean", "timestamptz": "timestamp with time zone"}
                assert found == [(name, types.get(kind, kind)) for name, kind in table.columns.items()], table.name


def test_the_service_may_write_rows_but_not_change_tables(database: Database) -> None:
    with psycopg.connect(database.service_dsn, autocommit=True) as connection:
        connection.execute("delete from views.jobs")
        for forbidden in ("drop table views.jobs", "truncate views.jobs", "create table views.mine ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(forbidden.encode())
