"""Whether every value of one type is a value of another: what `fits` allows, and a job may still refuse."""

from __future__ import annotations

from decimal import Decimal

from domain.types.accepts import accepts
from domain.types.declared import (
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
    describe,
)


def always_fits(source: ValueType | None, target: ValueType | None) -> str | None:
    """None when every value of `source` is one of `target`; else what the source may give that is none, in words.

    What never fits does not always fit either; of that, `fits` says more.
    """
    if target is None:
        return None
    match source, target:
        case (None, _):
            return "anything"
        case (ObjectType(), ObjectType()):
            return _objects(source, target)
        case ((ListType() | FilesType()), (ListType() | FilesType())):
            inside = always_fits(_items(source), _items(target))
            return None if inside is None else f"a list with {inside} in it"
        case (FileType(), FileType()):
            return _files(source, target)
        case (TextType(), TextType()):
            return _texts(source, target)
        case (NumberType(), NumberType()):
            return _numbers(source, target)
        case (DecimalType(), DecimalType()):
            return _numbers(source, target)
        case ((DateType() | DecimalType() | JsonTextType()), TextType()):
            return None if target == TextType() else f"{describe(source)} of any length and form"
        case _:
            return None if source.type == target.type else describe(source)


def _items(declared: ListType | FilesType) -> ValueType | None:
    return declared.items if isinstance(declared, ListType) else FileType(kinds=declared.kinds)


def _objects(source: ObjectType, target: ObjectType) -> str | None:
    if target.fields is None:
        return None
    if source.fields is None:
        return "an object with any fields"
    for field in target.fields:
        given = source.field(field.name)
        if given is None:
            if field.required:
                return f"an object without the field {field.name}"
        elif field.required and not given.required:
            return f"an object whose field {field.name} may be missing"
        elif (inside := always_fits(given.type, field.type)) is not None:
            return f"an object whose field {field.name} is {inside}"
    further = next((given.name for given in source.fields if target.field(given.name) is None), None)
    return None if further is None else f"an object with the further field {further}"


def _files(source: FileType, target: FileType) -> str | None:
    if target.kinds is not None:
        if source.kinds is None:
            return "a file of any kind"
        other = next((kind for kind in source.kinds if not any(_is_within(kind, wide) for wide in target.kinds)), None)
        if other is not None:
            return f"a file of {other}"
    inside = always_fits(source.rows, target.rows)
    return None if inside is None else f"a table whose rows are {inside}"


def _is_within(kind: str, wide: str) -> bool:
    return kind == wide or (wide.endswith("/*") and kind.startswith(wide[:-1]))


def _texts(source: TextType, target: TextType) -> str | None:
    if source.choices is not None:
        # Only what the source itself accepts can come.
        other = next((one for one in source.choices if accepts(source, one) and not accepts(target, one)), None)
        return None if other is None else f'"{other}"'
    if target.choices is not None:
        return "any text"
    if target.length_min and (source.length_min is None or source.length_min < target.length_min):
        return "shorter text"
    if target.length_max is not None and (source.length_max is None or source.length_max > target.length_max):
        return "longer text"
    return None if target.pattern in (None, source.pattern) else "text of any form"


def _numbers(source: NumberType | DecimalType, target: NumberType | DecimalType) -> str | None:
    if target.minimum is not None and (source.minimum is None or _over(target.minimum, source.minimum)):
        return f"{describe(source)} under {target.minimum}"
    if target.maximum is not None and (source.maximum is None or _over(source.maximum, target.maximum)):
        return f"{describe(source)} over {target.maximum}"
    scale, wanted = getattr(source, "scale", None), getattr(target, "scale", None)
    if wanted is not None and (scale is None or scale > wanted):
        return f"a decimal with more than {wanted} digits after the point"
    return None


def _over(one: float | str, other: float | str) -> bool:
    return Decimal(str(one)) > Decimal(str(other))
