"""Declared types as JSON Schema, for models and tools, and back again as far as a schema says what our types can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from domain.types.declared import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
)

DEPTH_MAX = 16
"""Deeper than this a schema is read as anything."""
PARTS_MAX = 2_000
"""After so many parts the rest of a schema is read as anything: a few that refer to each other stand for millions."""
PROPERTIES_MAX = 500
"""So many properties of a schema are read, those first that are required; a tool or a task with more is none that anybody fills in."""
DECIMAL_PATTERN = r"^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$"

Schema = dict[str, Any]


def schema_of(declared: ValueType | None) -> Schema:
    """The JSON Schema of the values of a type. Files have none: neither models nor tools are given or give them in JSON."""
    match declared:
        case None:
            return {}
        case TextType():
            return _text(declared)
        case NumberType():
            return _said({"type": "number"}, minimum=declared.minimum, maximum=declared.maximum)
        case DecimalType():
            return {"type": "string", "description": _of_decimal(declared), "pattern": DECIMAL_PATTERN}
        case BooleanType():
            return {"type": "boolean"}
        case DateType():
            return {"type": "string", "description": "An ISO 8601 date, or date-time with offset."}
        case ObjectType():
            return {"type": "object"} if declared.fields is None else object_schema(declared.fields)
        case ListType():
            return {"type": "array", "items": schema_of(declared.items)}
        case JsonTextType():
            return {"type": "string", "description": "Text that holds JSON."}
        case FileType() | FilesType():
            raise ValueError("Expected a type whose values JSON can hold, but it is a file.")


def object_schema(fields: Sequence[ObjectField], descriptions: Mapping[str, str] | None = None) -> Schema:
    """The schema of an object with exactly these fields; one that is not required may be null or left out."""
    properties: Schema = {}
    for field in fields:
        schema = schema_of(field.type)
        if not field.required:
            schema = {"anyOf": [schema, {"type": "null"}]}
        if (said := (descriptions or {}).get(field.name)) is not None:
            told = schema.get("description")
            schema["description"] = said if told is None else f"{said} {told}"
        properties[field.name] = schema
    required = [field.name for field in fields if field.required]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


@dataclass(slots=True)
class _Reading:
    """A schema that is being read: what its references refer to, and how many of its parts may still be looked at."""

    root: Mapping[str, Any]
    parts_left: int = PARTS_MAX


def type_of_schema(schema: Any) -> ValueType | None:
    """The declared type that is nearest to a JSON Schema; None where it allows what none of ours does."""
    return _read(schema, _Reading(schema if isinstance(schema, Mapping) else {}), 0)


def fields_of_schema(schema: Any) -> list[tuple[str, ValueType | None, bool, str | None]]:
    """The properties of an object's schema: name, type, whether it is required, what is said of it."""
    if not isinstance(schema, Mapping):
        return []
    properties = schema.get("properties")
    required = _names(schema.get("required"))
    found: list[tuple[str, ValueType | None, bool, str | None]] = []
    reading = _Reading(schema)
    declared = list(properties.items()) if isinstance(properties, Mapping) else []
    if len(declared) > PROPERTIES_MAX:
        declared = sorted(declared, key=lambda each: each[0] not in required)[:PROPERTIES_MAX]
    for name, one in declared:
        said = one.get("description") if isinstance(one, Mapping) else None
        found.append((str(name), _read(one, reading, 0), name in required, said if isinstance(said, str) else None))
    return found


def _text(declared: TextType) -> Schema:
    pattern = None if declared.pattern is None else f"^(?:{declared.pattern})$"
    choices = None if declared.choices is None else list(declared.choices)
    limits = {"minLength": declared.length_min, "maxLength": declared.length_max}
    return _said({"type": "string"}, enum=choices, pattern=pattern, **limits)


def _of_decimal(declared: DecimalType) -> str:
    said = ['An exact decimal as text like "12.30"']
    if declared.scale is not None:
        said.append(f"at most {declared.scale} digits after the point")
    if declared.minimum is not None:
        said.append(f"at least {declared.minimum}")
    if declared.maximum is not None:
        said.append(f"at most {declared.maximum}")
    return ", ".join(said) + "."


def _said(schema: Schema, **limits: Any) -> Schema:
    return schema | {name: limit for name, limit in limits.items() if limit is not None}


def _names(found: Any) -> frozenset[str]:
    return frozenset(name for name in found if isinstance(name, str)) if isinstance(found, list) else frozenset()


def _read(schema: Any, reading: _Reading, depth: int) -> ValueType | None:
    if not isinstance(schema, Mapping) or depth > DEPTH_MAX or reading.parts_left <= 0:
        return None
    reading.parts_left -= 1
    if isinstance(reference := schema.get("$ref"), str):
        return _read(_referred(reference, reading.root), reading, depth + 1)
    for word in ("anyOf", "oneOf", "allOf"):
        if isinstance(parts := schema.get(word), list):
            told = [part for part in parts if not (isinstance(part, Mapping) and part.get("type") == "null")]
            return _read(told[0], reading, depth + 1) if len(told) == 1 else None
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        kind = kinds[0] if len(kinds) == 1 else None
    match kind:
        case "string":
            return _read_text(schema)
        case "number" | "integer":
            return _made(NumberType, minimum=_number(schema.get("minimum")), maximum=_number(schema.get("maximum")))
        case "boolean":
            return BooleanType()
        case "array":
            return ListType(items=_read(schema.get("items"), reading, depth + 1))
        case "object":
            return _read_object(schema, reading, depth)
        case _:
            return None


def _read_text(schema: Mapping[str, Any]) -> ValueType:
    choices = schema.get("enum")
    if isinstance(choices, list) and choices and all(isinstance(choice, str) for choice in choices):
        return _made(TextType, choices=tuple(choices))
    # Formats and patterns are not taken over: regular expressions of other kinds would be read wrongly, and a date of
    # theirs may have no offset. What sent the schema checks them.
    return _made(TextType, length_min=_count(schema.get("minLength")), length_max=_count(schema.get("maxLength")))


def _read_object(schema: Mapping[str, Any], reading: _Reading, depth: int) -> ObjectType:
    properties = schema.get("properties")
    if not isinstance(properties, Mapping) or not properties or schema.get("additionalProperties") is not False:
        return ObjectType()  # It may hold what it does not declare, which a type of ours with fields refuses.
    required = _names(schema.get("required"))
    fields: list[ObjectField] = []
    for name, one in properties.items():
        declared = _read(one, reading, depth + 1)
        if declared is None:
            return ObjectType()
        try:
            fields.append(ObjectField(name=str(name), type=declared, required=name in required))
        except ValidationError:
            return ObjectType()
    return ObjectType(fields=tuple(fields))


def _referred(reference: str, root: Mapping[str, Any]) -> Any:
    found: Any = root
    if not reference.startswith("#/"):
        return None
    for step in reference[2:].split("/"):
        found = found.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(found, Mapping) else None
    return found


def _made(declared: type[TextType | NumberType], **limits: Any) -> ValueType:
    try:
        return declared(**limits)
    except ValidationError:
        return declared()


def _number(found: Any) -> float | None:
    return found if isinstance(found, int | float) and not isinstance(found, bool) else None


def _count(found: Any) -> int | None:
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else None
