"""The ten types: what each accepts, how a refusal reads, what fits into what."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NoSuchField,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
    accepts,
    check,
    describe,
    fits,
    read_type,
    type_at,
)


def pdf(name: str = "a.pdf", kind: str = "application/pdf") -> dict[str, Any]:
    return {"name": name, "content": {"$blob": {"v": 1, "hash": "0" * 64, "size": 1, "type": kind}}}


INVOICE = ObjectType(
    fields=(
        ObjectField(name="total", type=DecimalType(scale=2, minimum="0")),
        ObjectField(name="lines", type=ListType(items=NumberType()), required=False),
    )
)

ACCEPTED: list[tuple[ValueType, Any]] = [
    (TextType(), ""),
    (TextType(choices=("EUR", "USD")), "EUR"),
    (TextType(length_min=1, length_max=2), "ab"),
    (TextType(pattern="[A-Z]{2}[0-9]+"), "RE17"),
    (NumberType(), 1),
    (NumberType(minimum=0, maximum=1), 0.5),
    (DecimalType(), "-12.30"),
    (DecimalType(scale=2), "1.2"),
    (DecimalType(minimum="-0.5", maximum="1e0".replace("e0", "")), "1"),
    (BooleanType(), False),
    (DateType(), "2026-02-28"),
    (DateType(), "2026-02-28T23:59:59.5+05:30"),
    (DateType(), "2026-02-28T23:59Z"),
    (ObjectType(), {"anything": [1]}),
    (INVOICE, {"total": "1.50"}),
    (INVOICE, {"total": "1.50", "lines": None}),
    (ListType(), [1, "a", None]),
    (ListType(items=TextType()), []),
    (FileType(), pdf()),
    (FileType(kinds=("image/*", "application/pdf")), pdf(kind="image/png")),
    (FilesType(), [pdf(), pdf()]),
    (JsonTextType(), '{"a": [1, 2]}'),
]

REFUSED: list[tuple[ValueType, Any, str]] = [
    (TextType(), 1, "Expected text for it, but got a number."),
    (TextType(), None, "Expected text for it, but got nothing."),
    (TextType(choices=("EUR", "USD")), "eur", 'Expected one of "EUR", "USD" for it, but got "eur".'),
    (TextType(length_min=2), "a", "Expected text of at least 2 characters for it, but got 1."),
    (TextType(length_max=2), "abc", "Expected text of at most 2 characters for it, but got 3."),
    (TextType(pattern="a|b"), "ab", 'Expected text as the pattern a|b has it for it, but got "ab".'),
    (NumberType(), "1", "Expected a number for it, but got text."),
    (NumberType(), True, "Expected a number for it, but got true."),
    (NumberType(minimum=0), -1, "Expected a number of at least 0 for it, but got -1."),
    (NumberType(maximum=0.5), 1, "Expected a number of at most 0.5 for it, but got 1."),
    (DecimalType(), 12.3, 'Expected a decimal as text like "12.30" for it, but got a number.'),
    (DecimalType(), "1e3", 'Expected a decimal as text like "12.30" for it, but got "1e3".'),
    (DecimalType(), "01", 'Expected a decimal as text like "12.30" for it, but got "01".'),
    (DecimalType(), "+1", 'Expected a decimal as text like "12.30" for it, but got "+1".'),
    (DecimalType(), "١", 'Expected a decimal as text like "12.30" for it, but got "١".'),
    (DecimalType(), "1" * 200, f'Expected a decimal as text like "12.30" for it, but got "{"1" * 40}…".'),
    (DecimalType(scale=2), "1.001", "Expected a decimal with at most 2 digits after the point for it, but got 1.001."),
    (
        DecimalType(maximum="0.1"),
        "0.10000000000000000000000000000000001",
        "Expected a decimal of at most 0.1 for it, but got 0.10000000000000000000000000000000001.",
    ),
    (BooleanType(), 1, "Expected true or false for it, but got a number."),
    (DateType(), "2026-02-30", 'Expected an ISO 8601 date, or date-time with offset for it, but got "2026-02-30".'),
    (
        DateType(),
        "2026-02-28T10:00",
        'Expected an ISO 8601 date, or date-time with offset for it, but got "2026-02-28T10:00".',
    ),
    (DateType(), "20260228", 'Expected an ISO 8601 date, or date-time with offset for it, but got "20260228".'),
    (
        DateType(),
        "0001-01-01T00:00:00+23:59",
        'Expected an ISO 8601 date, or date-time with offset for it, but got "0001-01-01T00:00:00+23:59".',
    ),
    (ObjectType(), [], "Expected an object for it, but got a list."),
    (INVOICE, {}, "Expected a decimal for it.total, but got nothing."),
    (INVOICE, {"total": "1", "vat": 2}, "Expected no such field for it.vat, but got a number."),
    (INVOICE, {"total": "1", "lines": [1, "2"]}, "Expected a number for it.lines[1], but got text."),
    (ListType(), {}, "Expected a list for it, but got an object."),
    (ListType(items=TextType()), [None], "Expected text for it[0], but got nothing."),
    (FileType(), "a.pdf", "Expected a file for it, but got text."),
    (FileType(), {"name": "a", "content": {"$$blob": {}}}, "Expected a file for it, but got an object."),
    (FileType(kinds=("image/*",)), pdf(), "Expected a file of image/* for it, but got application/pdf."),
    (FilesType(), [pdf(), 1], "Expected a file for it[1], but got a number."),
    (
        JsonTextType(),
        "{",
        "Expected text holding JSON for it, but got something else at line 1, column 2 where JSON was expected.",
    ),
]


@pytest.mark.parametrize(("declared", "value"), ACCEPTED)
def test_a_value_of_the_type_is_accepted(declared: ValueType, value: Any) -> None:
    assert check(declared, value, "it") == []
    assert accepts(declared, value)


@pytest.mark.parametrize(("declared", "value", "message"), REFUSED)
def test_another_value_is_refused_in_exact_words(declared: ValueType, value: Any, message: str) -> None:
    assert [detail.message for detail in check(declared, value, "it")] == [message]
    assert not accepts(declared, value)


def test_every_difference_is_named_at_once() -> None:
    paths = [detail.path for detail in check(INVOICE, {"lines": ["a", 1, "b"], "x": 1}, "invoice")]
    assert paths == ["invoice.total", "invoice.lines[0]", "invoice.lines[2]", "invoice.x"]


def test_differences_named_are_limited() -> None:
    assert len(check(ListType(items=TextType()), [1] * 1_000, "it")) == 100


@pytest.mark.parametrize(("declared", "_value"), ACCEPTED)
def test_the_form_is_small_and_read_back(declared: ValueType, _value: Any) -> None:
    form = declared.model_dump(mode="json")
    assert form["type"] == declared.type
    assert None not in form.values()
    assert read_type(form) == declared
    assert type(declared).model_validate_json(declared.model_dump_json(exclude_defaults=True)) == declared


@pytest.mark.parametrize(
    "form",
    [
        {"type": "money"},
        {"type": "str", "pattern": "("},
        {"type": "str", "pattern": "a)|(b"},
        {"type": "str", "choices": []},
        {"type": "str", "length_min": 2, "length_max": 1},
        {"type": "float", "minimum": True},
        {"type": "float", "minimum": float("inf")},
        {"type": "float", "maximum": 2**60},
        {"type": "decimal", "minimum": "1e3"},
        {"type": "decimal", "minimum": "10", "maximum": "9"},
        {"type": "bool", "scale": 2},
        {"type": "object", "fields": [{"name": "a", "type": {"type": "str"}}] * 2},
        {"type": "object", "fields": [{"name": "$a", "type": {"type": "str"}}]},
        {"type": "file", "kinds": ["pdf"]},
    ],
)
def test_a_type_that_means_nothing_is_refused(form: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_type(form)


def test_a_pattern_is_matched_in_linear_time() -> None:
    assert not accepts(TextType(pattern="(a+)+"), "a" * 50_000 + "b")


FIT: list[tuple[ValueType | None, ValueType | None]] = [
    (None, TextType()),
    (NumberType(), None),
    (TextType(), TextType(choices=("a",))),
    (DateType(), TextType()),
    (DecimalType(), TextType()),
    (JsonTextType(), TextType()),
    (NumberType(minimum=5), NumberType(maximum=5)),
    (ObjectType(), INVOICE),
    (INVOICE, ObjectType()),
    (INVOICE, ObjectType(fields=(INVOICE.fields or ())[:1])),
    (ListType(items=TextType()), ListType()),
    (ListType(), ListType(items=TextType())),
    (FilesType(), ListType(items=FileType())),
    (ListType(items=FileType()), FilesType()),
    (FileType(kinds=("application/pdf",)), FileType(kinds=("application/*",))),
]
MISFIT: list[tuple[ValueType, ValueType, str]] = [
    (TextType(), NumberType(), "text"),
    (TextType(), DateType(), "text"),
    (NumberType(), DecimalType(), "a number"),
    (DecimalType(), NumberType(), "a decimal"),
    (FileType(), FilesType(), "a file"),
    (FileType(), ObjectType(), "a file"),
    (TextType(choices=("a",)), TextType(choices=("b", "c")), "only a"),
    (TextType(length_min=3), TextType(length_max=2), "text of at least 3 characters"),
    (NumberType(minimum=5), NumberType(maximum=4), "at least 5"),
    (DecimalType(maximum="1.5"), DecimalType(minimum="1.6"), "at most 1.5"),
    (ListType(items=TextType()), ListType(items=NumberType()), "a list with text in it"),
    (ObjectType(fields=()), INVOICE, "an object without the field total"),
    (
        ObjectType(fields=(ObjectField(name="total", type=NumberType()),)),
        INVOICE,
        "an object whose field total is a number",
    ),
    (INVOICE, ObjectType(fields=()), "an object with the further field total"),
    (FileType(kinds=("text/csv",)), FileType(kinds=("image/*",)), "a file of text/csv"),
]


@pytest.mark.parametrize(("source", "target"), FIT)
def test_types_that_can_fit_may_be_linked(source: ValueType | None, target: ValueType | None) -> None:
    assert fits(source, target) is None


@pytest.mark.parametrize(("source", "target", "found"), MISFIT)
def test_types_that_never_fit_are_told_apart(source: ValueType, target: ValueType, found: str) -> None:
    assert fits(source, target) == found


@given(st.sampled_from(ACCEPTED), st.sampled_from(ACCEPTED))
def test_a_value_of_both_types_means_that_they_fit(one: tuple[ValueType, Any], other: tuple[ValueType, Any]) -> None:
    source, target, value = one[0], other[0], other[1]
    # A text may happen to hold a date, a decimal or JSON, and an object may look like a file: these never fit by chance.
    if source.type == target.type and accepts(source, value):
        assert fits(source, target) is None


def test_the_type_at_a_path_is_known_or_open_or_refused() -> None:
    assert type_at(INVOICE, ("total",)) == DecimalType(scale=2, minimum="0")
    assert type_at(INVOICE, ("lines", "3")) == NumberType()
    assert type_at(FilesType(), ("0", "name")) == TextType()
    assert type_at(ObjectType(), ("a", "b")) is None
    for declared, path, message in (
        (INVOICE, ("tax",), "Expected something with a field tax, but invoice is an object without it."),
        (INVOICE, ("total", "x"), "Expected something with a field x, but invoice.total is a decimal."),
        (INVOICE, ("lines", "first"), "Expected something with a field first, but invoice.lines is a list of numbers."),
    ):
        with pytest.raises(NoSuchField) as refused:
            type_at(declared, path, "invoice")
        assert refused.value.message == message


def test_types_are_described_in_words() -> None:
    assert [describe(one) for one in (None, ListType(), ListType(items=FileType()), JsonTextType())] == [
        "anything",
        "a list",
        "a list of files",
        "text holding JSON",
    ]
