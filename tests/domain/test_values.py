"""One codec for values: everything it reads it writes the same, and everything else it refuses with its place."""

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from domain.values import (
    VALUE_LEVELS_MAX,
    WHOLE_NUMBER_MAX,
    ValueRefused,
    check_value,
    decode,
    encode,
    encode_canonical,
    escape,
    is_wrapper,
    unescape,
    value_at,
)

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
scalars = (
    st.none()
    | st.booleans()
    | st.integers(-WHOLE_NUMBER_MAX, WHOLE_NUMBER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(texts | st.sampled_from(["$blob", "$$x"]), inner, max_size=4)
    ),
    max_leaves=20,
)
anything = st.recursive(
    scalars
    | st.text()
    | st.integers()
    | st.floats()
    | st.binary(max_size=4)
    | st.tuples(st.integers())
    | st.sampled_from([object(), 1j, json.JSONDecodeError, float("nan"), "\0", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.integers(), inner, max_size=3),
    max_leaves=12,
)


def same(one: Any, other: Any) -> bool:
    """Equal, and of equal types all the way: 1, 1.0 and true are three values."""
    return encode(one) == encode(other)


@given(values)
def test_what_is_written_is_read_the_same(value: Any) -> None:
    assert same(decode(encode(value)), value)
    assert encode(decode(encode(value))) == encode(value)


@given(values)
def test_other_readers_of_the_same_bytes_read_the_same_value(value: Any) -> None:
    data = encode(value)
    assert same(orjson.loads(data), value)
    assert same(TypeAdapter(Any).validate_json(data), value)


@given(values)
def test_bytes_of_other_writers_are_read_the_same(value: Any) -> None:
    assert same(decode(orjson.dumps(value)), value)
    assert same(decode(TypeAdapter(Any).dump_json(value)), value)


@given(values)
def test_equal_values_have_equal_canonical_bytes_whatever_their_order(value: Any) -> None:
    def turned(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: turned(part[key]) for key in reversed(part)}
        return [turned(item) for item in part] if isinstance(part, list) else part

    assert encode_canonical(turned(value)) == encode_canonical(value)
    assert same(decode(encode_canonical(encode_canonical(value).decode())), encode_canonical(value).decode())


@settings(max_examples=300)
@given(
    st.binary(max_size=60) | st.text(max_size=60) | values.map(lambda value: json.dumps(value).replace("1", "1e999"))
)
def test_any_bytes_are_a_value_or_refused(data: bytes | str) -> None:
    try:
        value = decode(data)
    except ValueRefused:
        return
    else:
        check_value(value)


@settings(max_examples=300)
@given(anything)
def test_whatever_can_be_written_is_a_value_and_the_other_way_round(value: Any) -> None:
    try:
        check_value(value)
    except ValueRefused:
        with pytest.raises(ValueRefused):
            encode(value)
    else:
        assert same(decode(encode(value)), value)


@given(values)
def test_a_users_keys_come_back_and_none_passes_for_a_wrapper(value: Any) -> None:
    kept = escape(value)
    assert same(unescape(kept), value)
    assert not _wrappers(kept)


def _wrappers(value: Any) -> list[Any]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return ([value] if is_wrapper(value) else []) + [found for item in inside for found in _wrappers(item)]


def test_wrappers_stay_unopened_among_a_users_keys() -> None:
    blob = {"$blob": {"v": 1, "hash": "00", "size": 1, "type": "text/plain"}}
    assert unescape({"$$a": 1, "file": {"name": "a.txt", "content": blob}}) == {
        "$a": 1,
        "file": {"name": "a.txt", "content": blob},
    }


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (
            '{"a": [1, {"b": NaN}]}',
            "Expected a finite number for the value.a[1].b, but got one that is infinite or no number.",
        ),
        ("-Infinity", "Expected a finite number for the value, but got one that is infinite or no number."),
        ("[1e400]", "Expected a finite number for the value[0], but got one that is infinite or no number."),
        ('{"a": {"x": 1, "x": 1}}', 'Expected each key once for the value.a, but got the key "x" twice.'),
        (r'["\ud800"]', "Expected Unicode text for the value[0], but got a lone surrogate."),
        (r'{"a\u0000": 1}', "Expected text without U+0000 for the value.a?, but got one."),
        ("[9007199254740992]", "Expected a whole number within ±(2^53-1) for the value[0], but got 9007199254740992."),
        ("1" * 5000, "Expected a whole number within ±(2^53-1) for the value, but got a far longer one."),
        ("1 2", "Expected JSON for the value, but got something else at line 1, column 3."),
        (b'"\xff"', "Expected JSON in UTF-8 for the value, but got another byte at offset 1."),
        ("\ufeff1", "Expected JSON for the value, but got something else at line 1, column 1."),
        ("", "Expected JSON for the value, but got something else at line 1, column 1."),
        ("[" * 100_000, "Expected at most 64 levels for the value, but got more."),
    ],
)
def test_what_is_no_value_is_refused_with_its_place(data: bytes | str, message: str) -> None:
    with pytest.raises(ValueRefused) as refused:
        decode(data)
    assert refused.value.message == message
    assert refused.value.code == "VALUE_REFUSED"
    assert refused.value.details[0].message == message


@pytest.mark.parametrize(
    "value", [(1,), {1: 2}, {"a": {1, 2}}, b"x", math.nan, type("Text", (str,), {})("x"), [10**5000]]
)
def test_look_alikes_of_python_are_refused(value: Any) -> None:
    with pytest.raises(ValueRefused):
        check_value(value)


def test_levels_are_counted_exactly() -> None:
    deepest = decode("[" * VALUE_LEVELS_MAX + "]" * VALUE_LEVELS_MAX)
    check_value(deepest)
    with pytest.raises(ValueRefused):
        check_value([deepest])


def test_whole_numbers_stay_whole_and_doubles_doubles() -> None:
    assert encode([1, 1.0, -0.0, 1e300, WHOLE_NUMBER_MAX]) == b"[1,1.0,-0.0,1e+300,9007199254740991]"


def test_a_path_leads_through_objects_and_lists_and_null_counts_as_absent() -> None:
    value = {"invoice": {"lines": [{"total": "1.00"}, None], "note": None}}
    assert value_at(value, ("invoice", "lines", "0", "total")) == "1.00"
    assert value_at(value, ()) == value
    for path in (
        ("invoice", "note"),
        ("invoice", "lines", "1"),
        ("invoice", "lines", "2"),
        ("invoice", "lines", "00"),
        ("x",),
    ):
        assert value_at(value, path) is None
