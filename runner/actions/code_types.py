"""Declared types as user code meets them: the annotation it is checked against, and values going in and coming out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.types import (
    BooleanType,
    DateType,
    DecimalType,
    FilesType,
    FileType,
    JsonTextType,
    ListType,
    NumberType,
    ObjectType,
    TextType,
    ValueType,
)
from domain.variables import Variable

OBJECT = "dict[str, Any]"
INPUTS = {
    TextType: "str",
    NumberType: "float",
    DecimalType: "Decimal",
    BooleanType: "bool",
    DateType: "str",
    ObjectType: OBJECT,
    FileType: OBJECT,
    FilesType: f"list[{OBJECT}]",
    JsonTextType: "str",
}
OUTPUTS = INPUTS | {
    DecimalType: "Decimal | int | str",
    DateType: "datetime.date | str",
    ObjectType: "Any",  # A dict or a dataclass; its fields are checked when they are there.
}


class InexactDecimal(Exception):
    """Expected a Decimal, a whole number or text for a decimal, but the code gave a float, which is not exact."""

    def __init__(self, place: str) -> None:
        super().__init__(
            f"Expected {place} to be a Decimal, a whole number or text, but it is a float, which is not exact."
        )


def input_annotation(variable: Variable) -> str:
    """What the code may take an input to be."""
    annotation = _annotation(variable.type, INPUTS)
    return annotation if variable.required else f"{annotation} | None"


def output_annotation(variable: Variable) -> str:
    """What the code may make an output."""
    annotation = _annotation(variable.type, OUTPUTS)
    return annotation if variable.required else f"{annotation} | None"


def _annotation(declared: ValueType | None, names: dict[Any, str]) -> str:
    if declared is None:
        return "Any"
    if isinstance(declared, ListType):
        items = "Any" if names is OUTPUTS and isinstance(declared.items, ListType | ObjectType) else None
        return f"list[{items or _annotation(declared.items, names)}]"
    return names[type(declared)]


def as_input(value: Any, declared: ValueType | None) -> Any:
    """The value as the code gets it: declared decimals are Decimals, everything else is as JSON has it."""
    match declared:
        case _ if value is None:
            return None
        case DecimalType():
            return Decimal(value)
        case ListType() if declared.items is not None:
            return [as_input(item, declared.items) for item in value]
        case ObjectType() if declared.fields is not None:
            return {name: as_input(item, _field(declared, name)) for name, item in value.items()}
        case _:
            return value


def as_output(value: Any, declared: ValueType | None, place: str) -> Any:
    """The value as it is recorded: whole numbers given for declared decimals become text; floats for them are refused."""
    match declared, value:
        case DecimalType(), bool():
            return value
        case DecimalType(), int():
            return str(value)
        case DecimalType(), float():
            raise InexactDecimal(place)
        case ListType(), list() if declared.items is not None:
            return [as_output(item, declared.items, f"{place}[{index}]") for index, item in enumerate(value)]
        case ObjectType(), dict() if declared.fields is not None:
            return {name: as_output(item, _field(declared, name), f"{place}.{name}") for name, item in value.items()}
        case _:
            return value


def _field(declared: ObjectType, name: str) -> ValueType | None:
    field = declared.field(name)
    return field.type if field else None
