"""Which positions need not be read, because they are the runner's own or were read."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.wakes import Covered


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
