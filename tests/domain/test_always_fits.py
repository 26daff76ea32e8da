"""What always fits: every value of the source is one of the target."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.types import (
    DateType,
    DecimalType,
    FilesType,
    FileType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
    accepts,
    always_fits,
    fits,
)
from tests.domain.typed_values import random_type, random_value, varied

TEXT = TextType()
X, Y = ObjectField(name="x", type=TEXT), ObjectField(name="y", type=NumberType())
X_OR_NONE = ObjectField(name="x", type=TEXT, required=False)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.randoms(use_true_random=False))
def test_no_value_of_a_type_that_always_fits_is_refused(random: Random) -> None:
    source = random_type(random)
    target = varied(random, source)
    value = random_value(random, source)
    if value is None:
        return
    if always_fits(source, target) is None:
        assert accepts(target, value)
        assert fits(source, target) is None


@settings(deadline=None)
@given(st.randoms(use_true_random=False))
def test_every_type_always_fits_itself_and_what_may_be_anything(random: Random) -> None:
    one = random_type(random)
    assert always_fits(one, one) is None
    assert always_fits(one, None) is None


@pytest.mark.parametrize(
    ("source", "target", "found"),
    [
        (None, TEXT, "anything"),
        (TEXT, TextType(choices=("a", "b")), "any text"),
        (TextType(choices=("a", "c")), TextType(choices=("a", "b")), '"c"'),
        (TEXT, TextType(length_min=1), "shorter text"),
        (TextType(length_max=5), TextType(length_max=3), "longer text"),
        (TEXT, TextType(pattern="a+"), "text of any form"),
        (DateType(), TextType(length_max=10), "a date of any length and form"),
        (NumberType(), NumberType(minimum=0), "a number under 0"),
        (NumberType(maximum=2), NumberType(maximum=1), "a number over 1"),
        (DecimalType(scale=3), DecimalType(scale=2), "a decimal with more than 2 digits after the point"),
        (ObjectType(), ObjectType(fields=(X,)), "an object with any fields"),
        (ObjectType(fields=(X_OR_NONE,)), ObjectType(fields=(X,)), "an object whose field x may be missing"),
        (ObjectType(fields=(X, Y)), ObjectType(fields=(X,)), "an object with the further field y"),
        (ListType(), ListType(items=TEXT), "a list with anything in it"),
        (FileType(), FileType(kinds=("image/*",)), "a file of any kind"),
        (FilesType(kinds=("image/*",)), FilesType(kinds=("image/png",)), "a list with a file of image/* in it"),
        (TEXT, NumberType(), "text"),
    ],
)
def test_what_may_not_fit_is_told(source: ValueType | None, target: ValueType, found: str) -> None:
    assert always_fits(source, target) == found


@pytest.mark.parametrize(
    ("source", "target"),
    [
        (TextType(choices=("a", "b")), TextType(length_max=1, pattern="[ab]")),
        (DateType(), TEXT),
        (NumberType(minimum=0, maximum=1), NumberType(minimum=-1)),
        (DecimalType(scale=0, minimum="1"), DecimalType(scale=2, minimum="0.5")),
        (ObjectType(fields=(X,)), ObjectType(fields=(X_OR_NONE,))),
        (ObjectType(fields=(X,)), ObjectType()),
        (FileType(kinds=("image/png",)), FileType(kinds=("text/csv", "image/*"))),
        (FilesType(), ListType(items=FileType())),
    ],
)
def test_what_is_narrower_always_fits(source: ValueType, target: ValueType) -> None:
    assert always_fits(source, target) is None
