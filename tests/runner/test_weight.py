"""What values weigh."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runner.weight import weighs_more, weight

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
)


def test_a_value_weighs_at_least_its_text() -> None:
    assert weight({"text": "x" * 10_000}) >= 10_000
    assert weight([1, True, None, "ab", {"a": [1.5]}]) > 0


@given(VALUES, st.integers(min_value=0, max_value=5_000))
def test_what_is_far_lighter_does_not_weigh_more_and_what_is_heavier_does(value: object, bytes_max: int) -> None:
    if weight(value) > bytes_max:
        assert weighs_more(value, bytes_max)
    if 2 * weight(value) <= bytes_max:
        assert not weighs_more(value, bytes_max)


def test_of_a_heavy_list_not_every_item_is_looked_at() -> None:
    class Untouchable(list[object]):
        def __iter__(self) -> object:  # type: ignore[override]
            raise AssertionError("it was known before that this is too much")

    assert weighs_more(Untouchable([None] * 1_000), 1_000)
