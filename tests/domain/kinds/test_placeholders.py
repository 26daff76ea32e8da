"""Texts with places for inputs: what is put where, and what a rename does."""

from __future__ import annotations

from typing import Any

import pytest

from domain.kinds.placeholders import (
    Place,
    PlaceholderMisread,
    fill,
    fill_value,
    only_place,
    read_parts,
    renamed,
    renamed_in,
)

INPUTS: dict[str, Any] = {
    "name": "Ada",
    "age": 36,
    "paid": True,
    "order": {"id": "A-1", "lines": [{"sku": "x"}], "note": None},
    "tags": ["a", "b"],
    "nothing": None,
}


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("Hello {name}", "Hello Ada"),
        ("{age} / {paid}", "36 / true"),
        ("{order.id}-{order.lines.0.sku}", "A-1-x"),
        ("{{name}} {name}", "{name} Ada"),
        ("a {nothing} b {order.note}", "a  b "),
        ("{tags}!", '["a","b"]!'),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_inputs_are_put_in_their_places(text: str, filled: str) -> None:
    assert fill(text, INPUTS) == filled


def test_a_text_that_is_one_place_without_a_value_is_nothing() -> None:
    assert fill("{nothing}", INPUTS) is None
    assert fill("{order.note}", INPUTS) is None
    assert only_place("{order.id}") == Place(("order", "id"))
    assert only_place("{order.id} ") is None


@pytest.mark.parametrize("text", ["{", "}", "{Name}", "{a b}", "{}", "x {name", "{name}}", '{"a": 1}', "{{name}"])
def test_a_brace_that_is_no_place_must_be_doubled(text: str) -> None:
    with pytest.raises(PlaceholderMisread):
        read_parts(text)


def test_what_is_put_in_is_not_read_again() -> None:
    assert fill("{name}", {"name": "{age}"}) == "{age}"


def test_a_value_keeps_the_types_of_what_is_put_in() -> None:
    form = {
        "who": "{name}",
        "age": "{age}",
        "order": "{order}",
        "text": "Order {order.id}",
        "left_out": "{nothing}",
        "null": None,
        "list": ["{tags}", "{nothing}", 1],
        "{{key}}": "{name}",
    }
    assert fill_value(form, INPUTS) == {
        "who": "Ada",
        "age": 36,
        "order": INPUTS["order"],
        "text": "Order A-1",
        "null": None,
        "list": [["a", "b"], 1],
        "{{key}}": "Ada",
    }


def test_a_rename_changes_places_and_nothing_else() -> None:
    assert renamed("{name} name {{name}} {name.x} {named}", "name", "who") == "{who} name {{name}} {who.x} {named}"
    assert renamed("{ name", "name", "who") == "{ name"
    assert renamed_in({"a": ["{name}", 1]}, "name", "who") == {"a": ["{who}", 1]}
