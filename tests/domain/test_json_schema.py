"""Declared types as JSON Schema and back."""

from __future__ import annotations

from random import Random
from time import monotonic
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given, settings
from hypothesis.strategies import randoms

from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FileType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
    accepts,
)
from domain.types.json_schema import PROPERTIES_MAX, fields_of_schema, object_schema, schema_of, type_of_schema
from tests.domain.typed_values import random_type, random_value

ORDER = ObjectType(
    fields=(
        ObjectField(name="total", type=DecimalType(scale=2, minimum="0")),
        ObjectField(name="due", type=DateType(), required=False),
        ObjectField(name="lines", type=ListType(items=ObjectType())),
    )
)


def test_a_type_is_said_as_json_schema() -> None:
    assert schema_of(TextType(choices=("a", "b"))) == {"type": "string", "enum": ["a", "b"]}
    assert schema_of(NumberType(minimum=1)) == {"type": "number", "minimum": 1}
    assert schema_of(BooleanType()) == {"type": "boolean"}
    assert schema_of(None) == {}
    schema = schema_of(ORDER)
    assert schema["required"] == ["total", "lines"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["due"]["anyOf"][1] == {"type": "null"}
    assert "at most 2 digits after the point, at least 0" in schema["properties"]["total"]["description"]


def test_what_is_said_of_a_field_stands_in_the_schema() -> None:
    fields = (ObjectField(name="total", type=DecimalType()),)
    said = object_schema(fields, {"total": "What is to be paid."})["properties"]["total"]["description"]
    assert said.startswith("What is to be paid. An exact decimal")


def test_a_file_has_no_schema() -> None:
    with pytest.raises(ValueError, match="it is a file"):
        schema_of(FileType())


@pytest.mark.parametrize(
    ("schema", "declared"),
    [
        ({"type": "string", "maxLength": 5}, TextType(length_max=5)),
        ({"type": "string", "enum": ["a"]}, TextType(choices=("a",))),
        ({"type": "integer", "minimum": 0}, NumberType(minimum=0)),
        ({"type": ["number", "null"]}, NumberType()),
        ({"anyOf": [{"type": "boolean"}, {"type": "null"}]}, BooleanType()),
        ({"type": "array", "items": {"type": "string"}}, ListType(items=TextType())),
        ({"type": "object", "properties": {"a": {"type": "string"}}}, ObjectType()),
        (
            {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False},
            ObjectType(fields=(ObjectField(name="a", type=TextType(), required=False),)),
        ),
        ({"$ref": "#/$defs/x", "$defs": {"x": {"type": "boolean"}}}, BooleanType()),
        ({"anyOf": [{"type": "string"}, {"type": "number"}]}, None),
        ({"type": ["string", "number"]}, None),
        ({}, None),
        (True, None),
        ({"$ref": "#/$defs/self", "$defs": {"self": {"$ref": "#/$defs/self"}}}, None),
    ],
)
def test_a_schema_is_read_as_the_nearest_type(schema: Any, declared: ValueType | None) -> None:
    assert type_of_schema(schema) == declared


def test_the_properties_of_a_schema_become_variables() -> None:
    schema = {
        "type": "object",
        "properties": {"city": {"type": "string", "description": "Where"}, "days": {"type": "integer"}},
        "required": ["city"],
    }
    assert fields_of_schema(schema) == [("city", TextType(), True, "Where"), ("days", NumberType(), False, None)]


def test_parts_that_refer_to_each_other_are_read_within_bounds() -> None:
    node = {
        "type": "object",
        "additionalProperties": False,
        "properties": {f"part_{number}": {"$ref": "#/$defs/node"} for number in range(50)},
    }
    began = monotonic()
    found = fields_of_schema({"$defs": {"node": node}, "properties": {"tree": {"$ref": "#/$defs/node"}}})
    assert monotonic() - began < 1  # Without a bound, 50 ** 7 parts are read.
    assert [(name, type(declared)) for name, declared, _, _ in found] == [("tree", ObjectType)]


def test_of_a_schema_with_very_many_properties_those_are_read_first_that_are_required() -> None:
    properties = {f"part_{number}": {"type": "string"} for number in range(20_000)}
    began = monotonic()
    found = fields_of_schema({"properties": properties, "required": ["part_19999", *properties]})
    assert monotonic() - began < 1  # To look each up in a list of all takes minutes.
    assert len(found) == PROPERTIES_MAX
    (last, *others) = fields_of_schema({"properties": properties, "required": ["part_19999"]})
    assert (last, others[0][0]) == (("part_19999", TextType(), True, None), "part_0")


@settings(max_examples=300)
@given(randoms(use_true_random=False))
def test_what_a_type_accepts_its_schema_allows(random: Random) -> None:
    declared = random_type(random)
    value = random_value(random, declared)
    try:
        schema = schema_of(declared)
    except ValueError:
        return
    if accepts(declared, value) and "pattern" not in repr(declared):  # Regular expressions of another kind.
        fastjsonschema.compile(schema)(value)
