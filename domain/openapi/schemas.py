"""Schemas of an OpenAPI document as declared types: as near as these can say it, never narrower than the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import ValidationError

from domain.openapi.document import REFERENCES_MAX, Document, listing, mapping, text
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
)
from domain.types.limits import CHOICES_MAX, FIELDS_MAX

LEVELS_MAX = 12
PARTS_MAX = 200
"""So many parts of `allOf` are put together; an object of more is open."""
FIELDS_TOTAL_MAX = 2_000
"""So many fields one task declares; what lies deeper is then open."""

Way = Literal["sent", "received"]


@dataclass(frozen=True, slots=True)
class Property:
    """One property of an object: its declared type (None where anything may stand), and what is said of it."""

    name: str
    type: ValueType | None
    required: bool
    description: str = ""
    default: Any = None


@dataclass(slots=True)
class Schemas:
    """Reads the schemas that one task needs. What is `sent` keeps its limits; of what is `received` only the shape is taken."""

    document: Document
    way: Way
    fields: int = 0
    _under_way: list[int] = field(default_factory=list)
    # By the identity of a schema, which is kept beside it so that no other can come to have it.
    _plain: dict[int, tuple[Any, Mapping[str, Any] | None]] = field(default_factory=dict)

    def type_of(self, schema: Any, level: int = 0) -> ValueType | None:
        """The declared type of a schema; None where anything may stand there."""
        found = self.plain(schema)
        if found is None or id(found) in self._under_way or level > LEVELS_MAX:
            return None  # A schema inside of itself ends where it begins again.
        self._under_way.append(id(found))
        try:
            return self._type_of(found, level)
        finally:
            self._under_way.pop()

    def plain(self, schema: Any) -> Mapping[str, Any] | None:
        """The schema without what says it in another way: references, null, one choice only, parts put together."""
        found = self.document.resolve(schema)
        if not isinstance(found, Mapping):
            return None
        if id(found) not in self._plain:
            self._plain[id(found)] = found, self._made_plain(found)
        return self._plain[id(found)][1]

    def _made_plain(self, found: Mapping[str, Any]) -> Mapping[str, Any] | None:
        for _ in range(REFERENCES_MAX):
            choices = self._choices(found)
            if len(choices) > 1:
                return {"type": _common({self._kind(mapping(one)) for one in choices})}
            if not choices:
                return self._together(found) if "allOf" in found else found
            found = mapping(choices[0])
        return None

    def _choices(self, found: Mapping[str, Any]) -> list[Any]:
        """What may stand there, null left out."""
        for word in ("oneOf", "anyOf"):
            all_of_them = (self.document.resolve(one) for one in listing(found.get(word)))
            if choices := [one for one in all_of_them if mapping(one).get("type") != "null"]:
                return choices
        return []

    def is_nullable(self, schema: Any) -> bool:
        """Whether null may stand for it."""
        found = mapping(self.document.resolve(schema))
        choices = [*listing(found.get("oneOf")), *listing(found.get("anyOf"))]
        return (
            found.get("nullable") is True
            or "null" in listing(found.get("type"))
            or any(mapping(self.document.resolve(one)).get("type") == "null" for one in choices)
        )

    def properties(self, schema: Any, level: int = 0) -> list[Property] | None:
        """The properties of an object, those left out that only go the other way; None where it declares none."""
        found = self.plain(schema)
        if found is None or self._kind(found) != "object":
            return None
        declared = mapping(found.get("properties"))
        hidden = "readOnly" if self.way == "sent" else "writeOnly"
        needed = listing(found.get("required"))
        given = [
            (str(name), one) for name, one in declared.items() if not mapping(self.document.resolve(one)).get(hidden)
        ]
        self.fields += len(given)
        if not given or len(given) > FIELDS_MAX or self.fields > FIELDS_TOTAL_MAX:
            return None
        return [self._property(name, one, required=name in needed, level=level) for name, one in given]

    def _property(self, name: str, schema: Any, *, required: bool, level: int) -> Property:
        said = mapping(self.document.resolve(schema))
        return Property(
            name=name,
            type=self.type_of(schema, level + 1),
            required=required and not self.is_nullable(schema),
            description=text(said.get("description")) or text(said.get("title")),
            default=said.get("default"),
        )

    def _type_of(self, found: Mapping[str, Any], level: int) -> ValueType | None:
        limits = found if self.way == "sent" else {}
        match self._kind(found):
            case "string":
                return self._text(found, limits)
            case "integer" | "number":
                if found.get("format") == "decimal":
                    return DecimalType()
                return _limited(NumberType, minimum=limits.get("minimum"), maximum=limits.get("maximum"))
            case "boolean":
                return BooleanType()
            case "array":
                return ListType(items=self.type_of(found.get("items"), level + 1))
            case "object":
                return self._object(found, level)
            case _:
                return None

    def _text(self, found: Mapping[str, Any], limits: Mapping[str, Any]) -> ValueType:
        match found.get("format"):
            case "date" | "date-time":
                return DateType()
            case "decimal":
                return DecimalType()
            case "binary":
                return FileType()
            case _:
                pass
        choices = [one for one in listing(limits.get("enum")) if isinstance(one, str)]
        if choices and len(choices) <= CHOICES_MAX:
            return _limited(TextType, choices=tuple(dict.fromkeys(choices)))
        return _limited(TextType, length_min=limits.get("minLength"), length_max=limits.get("maxLength"))

    def _object(self, found: Mapping[str, Any], level: int) -> ValueType:
        properties = self.properties(found, level)
        if properties is None or any(one.type is None for one in properties):
            return ObjectType()  # A field that may hold anything cannot be declared.
        try:
            return ObjectType(
                fields=tuple(
                    ObjectField(name=one.name, type=one.type, required=one.required)
                    for one in properties
                    if one.type is not None
                )
            )
        except ValidationError:
            return ObjectType()

    def _together(self, found: Mapping[str, Any]) -> Mapping[str, Any]:
        """One object of all that must hold at once."""
        merged: dict[str, Any] = {key: item for key, item in found.items() if key != "allOf"}
        properties, required = dict(mapping(found.get("properties"))), list(listing(found.get("required")))
        parts = self._parts(found)
        if len(parts) > PARTS_MAX:
            return {"type": "object"}
        for part in parts:
            for key, item in part.items():
                merged.setdefault(key, item)
            properties |= mapping(part.get("properties"))
            required += listing(part.get("required"))
        if properties:
            merged |= {"type": "object", "properties": properties, "required": required}
        return merged

    def _parts(self, found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """All that must hold at once, parts of parts too, each once; more than are put together where there are too many."""
        parts: list[Mapping[str, Any]] = []
        seen: set[int] = set()
        waiting = [found]
        while waiting and len(parts) <= PARTS_MAX + 1:
            part = waiting.pop()
            if id(part) not in seen:
                seen.add(id(part))
                parts.append(part)
                inside = listing(part.get("allOf"))[: PARTS_MAX + 1]
                waiting += [mapping(self.document.resolve(one)) for one in reversed(inside)]
        return parts[1:]

    @staticmethod
    def _kind(found: Mapping[str, Any]) -> str:
        kind = found.get("type")
        if isinstance(kind, list):
            kind = _common({one for one in kind if isinstance(one, str) and one != "null"})
        if isinstance(kind, str):
            return kind
        if kind is None and "properties" in found:
            return "object"
        if kind is None and "items" in found:
            return "array"
        choices = listing(found.get("enum"))
        return "string" if choices and all(isinstance(one, str) for one in choices) else ""


def _common(kinds: set[str]) -> str:
    """The kind that holds all of these: text also holds numbers, as their digits; nothing where none does."""
    if len(kinds) == 1:
        return next(iter(kinds))
    if kinds and kinds <= {"integer", "number"}:
        return "number"
    return "string" if kinds and kinds <= {"integer", "number", "string"} else ""


def _limited(declared: type[TextType | NumberType], **limits: Any) -> ValueType:
    """The type with its limits, or without where they are none of ours."""
    try:
        return declared(**{name: limit for name, limit in limits.items() if limit is not None})
    except ValidationError:
        return declared()
