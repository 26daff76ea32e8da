"""Which states a process keeps: small ones by their number, large ones by what they weigh together."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest

from domain.subject import Subject
from event_store.desks import LARGE_KEPT_PARTS_MAX, LARGE_PARTS, OTHERS_KEPT_MAX, Desk, Desks

COUNTED = Subject(
    name="counted",
    initial=lambda _: 0,
    decide=lambda _command, _state: [],
    evolve=lambda state, _: state,
    owned=True,
    size=int,
    rests=lambda state: state == AT_REST,
)
AT_REST = 7
NOT_OWNED = 100_000
HALF = LARGE_KEPT_PARTS_MAX // 2


@pytest.fixture
def desks() -> Desks:
    return Desks(lambda stream: stream.int < NOT_OWNED)


def worked_on(desks: Desks, number: int, parts: int, subject: Subject = COUNTED) -> Desk:
    """A desk whose state was used just now."""
    desk = desks.get(UUID(int=number), subject)
    desk.state, desk.loaded = parts, True
    desks.weigh(desk)
    return desk


def is_kept(desks: Desks, desk: Desk) -> bool:
    """Whether it is still the desk of its stream."""
    return desks.get(desk.stream, desk.subject) is desk


def test_of_streams_that_others_write_to_fewer_are_kept(desks: Desks) -> None:
    own = worked_on(desks, 1, 1)
    others = [worked_on(desks, NOT_OWNED + number, 1) for number in range(OTHERS_KEPT_MAX + 1)]
    assert [is_kept(desks, desk) for desk in (own, others[-1], others[1], others[0])] == [True, True, True, False]


def test_a_stream_at_rest_is_kept_as_those_of_others_are_until_it_moves(desks: Desks) -> None:
    moving, resting, woken = worked_on(desks, 1, 1), worked_on(desks, 2, AT_REST), worked_on(desks, 3, AT_REST)
    woken.state = 1
    desks.weigh(woken)
    for number in range(OTHERS_KEPT_MAX):
        worked_on(desks, NOT_OWNED + number, 1)
    assert [is_kept(desks, desk) for desk in (moving, woken, resting)] == [True, True, False]


def test_of_large_states_those_used_least_recently_are_forgotten(desks: Desks) -> None:
    first, second = (worked_on(desks, number, HALF) for number in (1, 2))
    small = worked_on(desks, 3, LARGE_PARTS - 1)
    desks.weigh(first)
    third = worked_on(desks, 4, HALF)
    assert [is_kept(desks, desk) for desk in (first, second, small, third)] == [True, False, True, True]


def test_a_state_larger_than_all_may_be_together_is_kept_while_it_is_the_last_one_used(desks: Desks) -> None:
    first = worked_on(desks, 1, 3 * LARGE_KEPT_PARTS_MAX)
    assert is_kept(desks, first)
    second = worked_on(desks, 2, LARGE_PARTS)
    assert is_kept(desks, second)
    assert not is_kept(desks, first)


def test_a_state_that_is_being_worked_on_is_not_forgotten(desks: Desks) -> None:
    first = worked_on(desks, 1, LARGE_KEPT_PARTS_MAX)
    first.held = True
    worked_on(desks, 2, LARGE_KEPT_PARTS_MAX)
    assert is_kept(desks, first)


def test_the_same_stream_of_another_subject_weighs_for_itself(desks: Desks) -> None:
    first = worked_on(desks, 1, HALF)
    other = worked_on(desks, 1, HALF, replace(COUNTED, name="other"))
    assert is_kept(desks, first)
    assert is_kept(desks, other)
