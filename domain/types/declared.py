"""The types as they are declared, stored and sent: `{"type": "str", "length_max": 200}`."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    Field,
    SerializerFunctionWrapHandler,
    StrictBool,
    TypeAdapter,
    field_validator,
    model_serializer,
    model_validator,
)

from domain.events import Recorded
from domain.types.limits import (
    CHOICES_MAX,
    DECIMAL_DIGITS_MAX,
    FIELDS_MAX,
    Bound,
    Count,
    DecimalBound,
    FieldName,
    MediaKind,
    Pattern,
    Text,
)


class _Declared(Recorded):
    @model_serializer(mode="wrap")
    def _form(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        # Always with its wire name and without limits that are not set, however the event around it is written.
        return {"type": self.wire, **{name: limit for name, limit in handler(self).items() if limit is not None}}

    @property
    def wire(self) -> str:
        """The wire name of the type."""
        return str(type(self).model_fields["type"].default)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        least, most = (getattr(self, name, None) for name in _limits(self))
        if least is not None and most is not None and _number(least) > _number(most):
            raise ValueError(f"Expected the least not to be over the most, but {least} is over {most}.")
        return self


class TextType(_Declared):
    """Text, optionally one of `choices`, of a length in characters, wholly as a regular expression has it."""

    type: Literal["str"] = "str"
    choices: Annotated[tuple[Text, ...], Field(min_length=1, max_length=CHOICES_MAX)] | None = None
    length_min: Count | None = None
    length_max: Count | None = None
    pattern: Pattern | None = None


class NumberType(_Declared):
    """A double; whole numbers within ±(2^53-1) stay whole."""

    type: Literal["float"] = "float"
    minimum: Bound | None = None
    maximum: Bound | None = None


class DecimalType(_Declared):
    """An exact decimal, for money, written as text; `scale` is the most digits after the point."""

    type: Literal["decimal"] = "decimal"
    scale: Annotated[int, Field(strict=True, ge=0, le=DECIMAL_DIGITS_MAX)] | None = None
    minimum: DecimalBound | None = None
    maximum: DecimalBound | None = None


class BooleanType(_Declared):
    """True or false."""

    type: Literal["bool"] = "bool"


class DateType(_Declared):
    """An ISO 8601 date, or date-time with offset, as text."""

    type: Literal["date"] = "date"


class ObjectField(Recorded):
    """One declared field of an object; one that is not required may be absent or null."""

    name: FieldName
    type: ValueType
    required: StrictBool = True


class ObjectType(_Declared):
    """An object with exactly the declared fields; without declared fields it is open to any."""

    type: Literal["object"] = "object"
    fields: Annotated[tuple[ObjectField, ...], Field(max_length=FIELDS_MAX)] | None = None

    @field_validator("fields")
    @classmethod
    def _distinct(cls, fields: tuple[ObjectField, ...] | None) -> tuple[ObjectField, ...] | None:
        if fields and len({field.name for field in fields}) < len(fields):
            raise ValueError("Expected each field once.")
        return fields

    def field(self, name: str) -> ObjectField | None:
        """The declared field of this name."""
        return next((field for field in self.fields or () if field.name == name), None)


class ListType(_Declared):
    """A list whose items all have one type; without `items` they may be anything."""

    type: Literal["array"] = "array"
    items: ValueType | None = None


class FileType(_Declared):
    """One stored file; `kinds` are the media types allowed, `image/*` for all of a family; `rows` is the type of each row of a table."""

    type: Literal["file"] = "file"
    kinds: Annotated[tuple[MediaKind, ...], Field(min_length=1, max_length=CHOICES_MAX)] | None = None
    rows: ObjectType | None = None


class FilesType(_Declared):
    """A list of stored files."""

    type: Literal["array_files"] = "array_files"
    kinds: Annotated[tuple[MediaKind, ...], Field(min_length=1, max_length=CHOICES_MAX)] | None = None


class JsonTextType(_Declared):
    """Text that holds JSON, and is checked to."""

    type: Literal["json_string"] = "json_string"


ValueType = Annotated[
    TextType
    | NumberType
    | DecimalType
    | BooleanType
    | DateType
    | ObjectType
    | ListType
    | FileType
    | FilesType
    | JsonTextType,
    Field(discriminator="type"),
]
"""Any of the ten types, told apart by its wire name."""

ObjectField.model_rebuild()
ObjectType.model_rebuild()
ListType.model_rebuild()
FileType.model_rebuild()
_READ: TypeAdapter[ValueType] = TypeAdapter(ValueType)


def read_type(form: Mapping[str, Any]) -> ValueType:
    """The type that a JSON form declares; raises pydantic's ValidationError."""
    return _READ.validate_python(dict(form))


def describe(declared: ValueType | None) -> str:
    """The type in words, without its limits: "a number", "a list of text"."""
    if declared is None:
        return "anything"
    if isinstance(declared, ListType):
        return "a list" if declared.items is None else f"a list of {_WORDS[declared.items.type][1]}"
    return _WORDS[declared.type][0]


_WORDS = {
    "str": ("text", "text"),
    "float": ("a number", "numbers"),
    "decimal": ("a decimal", "decimals"),
    "bool": ("true or false", "booleans"),
    "date": ("a date", "dates"),
    "object": ("an object", "objects"),
    "array": ("a list", "lists"),
    "file": ("a file", "files"),
    "array_files": ("a list of files", "lists of files"),
    "json_string": ("text holding JSON", "texts holding JSON"),
}


def _limits(declared: _Declared) -> tuple[str, str]:
    return ("length_min", "length_max") if isinstance(declared, TextType) else ("minimum", "maximum")


def _number(limit: float | str) -> float | Decimal:
    return Decimal(limit) if isinstance(limit, str) else limit
