"""Ids: the golden vectors, and what holds for all of them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import RFC_4122, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.ids import RANDOM_BYTES, derive, uuid7

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "ids.json").read_text(encoding="utf-8"))
MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
RANDOM = st.binary(min_size=RANDOM_BYTES, max_size=RANDOM_BYTES)
PURPOSES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1)


@pytest.mark.parametrize("case", GOLDEN["uuid7"], ids=lambda case: case["at"])
def test_roots_are_as_they_always_were(case: dict[str, str]) -> None:
    assert str(uuid7(datetime.fromisoformat(case["at"]), bytes.fromhex(case["random"]))) == case["id"]


@pytest.mark.parametrize("case", GOLDEN["derived"], ids=lambda case: f"{case['purpose']}-{case['run']}")
def test_derived_ids_are_as_they_always_were(case: dict[str, str]) -> None:
    assert str(derive(UUID(case["parent"]), case["purpose"], case["run"], int(case["ordinal"]))) == case["id"]


@given(MOMENTS, RANDOM, PURPOSES, st.integers(0, 2**40))
def test_a_derived_id_is_well_formed_and_of_the_time_of_its_parent(
    at: datetime, random: bytes, purpose: str, ordinal: int
) -> None:
    parent = uuid7(at, random)
    child = derive(parent, purpose, ordinal=ordinal)
    assert (parent.version, parent.variant, child.version, child.variant) == (7, RFC_4122, 8, RFC_4122)
    assert child.bytes[:6] == parent.bytes[:6]


@given(MOMENTS, RANDOM, RANDOM)
def test_roots_rise_with_time(at: datetime, one: bytes, other: bytes) -> None:
    assert uuid7(at, one) < uuid7(at + timedelta(milliseconds=1), other)


@given(st.tuples(PURPOSES, PURPOSES, st.integers(0, 99)), st.tuples(PURPOSES, PURPOSES, st.integers(0, 99)))
def test_different_steps_have_different_ids(one: tuple[str, str, int], other: tuple[str, str, int]) -> None:
    parent = UUID(GOLDEN["derived"][0]["parent"])
    assert (derive(parent, *one) == derive(parent, *other)) == (one == other)


def test_what_has_no_id_is_refused() -> None:
    parent = UUID(GOLDEN["derived"][0]["parent"])
    with pytest.raises(ValueError, match="purpose"):
        derive(parent, "")
    with pytest.raises(ValueError, match="U\\+0000"):
        derive(parent, "a", "b\0c")
    with pytest.raises(ValueError, match="ordinal"):
        derive(parent, "a", ordinal=-1)
    with pytest.raises(ValueError, match="10 random bytes"):
        uuid7(datetime.now(UTC), b"")
    with pytest.raises(ValueError, match="offset"):
        uuid7(datetime(2026, 1, 1), bytes(10))  # noqa: DTZ001
