"""Whether values of one type can be values of another, and what stands inside: decided while a workflow is designed."""

from __future__ import annotations

from decimal import Decimal

from domain.refusals import Detail, Refusal
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
from domain.values import is_index

_FILE_NAME = "name"


class NoSuchField(Refusal):
    """Expected {expected}, but {place} is {found}."""

    def __init__(self, step: str, place: str, found: str) -> None:
        expected = f"something with a field {step}"
        super().__init__(details=(Detail(place, expected, found),), expected=expected, place=place, found=found)


def fits(source: ValueType | None, target: ValueType | None) -> str | None:
    """None when a value of `source` can be one of `target`; else what the source gives that can never be one, in words.

    Dates, decimals and JSON texts are texts, so they fit where text is wanted, not the other way round. Limits refuse only what
    they exclude altogether: the value itself is checked again when it is there.
    """
    if source is None or target is None:
        return None
    match source, target:
        case (ObjectType(), ObjectType()):
            return _objects(source, target)
        case ((ListType() | FilesType()), (ListType() | FilesType())):
            inside = fits(_items(source), _items(target))
            return None if inside is None else f"a list with {inside} in it"
        case (FileType(), FileType()):
            return _files(source, target)
        case (TextType(), TextType()):
            return _texts(source, target)
        case (NumberType(), NumberType()):
            return _bounds(source, target)
        case (DecimalType(), DecimalType()):
            return _bounds(source, target)
        case ((DateType() | DecimalType() | JsonTextType()), TextType()):
            return None
        case _:
            return None if source.type == target.type else describe(source)


def type_at(declared: ValueType | None, path: tuple[str, ...], place: str = "it") -> ValueType | None:
    """The type at a path into values of a type: fields of objects, items of lists by number, the name of a file.

    None where anything may stand (inside an open object); raises NoSuchField where nothing ever can.
    """
    for step in path:
        match declared:
            case None:
                return None
            case ObjectType(fields=None):
                return None
            case ObjectType():
                field = declared.field(step)
                if field is None:
                    raise NoSuchField(step, place, "an object without it")
                declared = field.type
            case ListType() | FilesType() if is_index(step):
                declared = _items(declared)
            case FileType() if step == _FILE_NAME:
                declared = TextType()
            case _:
                raise NoSuchField(step, place, describe(declared))
        place = f"{place}.{step}"
    return declared


def _items(declared: ListType | FilesType) -> ValueType | None:
    return declared.items if isinstance(declared, ListType) else FileType(kinds=declared.kinds)


def _objects(source: ObjectType, target: ObjectType) -> str | None:
    if source.fields is None or target.fields is None:
        return None
    for field in target.fields:
        given = source.field(field.name)
        if given is None:
            if field.required:
                return f"an object without the field {field.name}"
        elif (inside := fits(given.type, field.type)) is not None and (field.required or given.required):
            return f"an object whose field {field.name} is {inside}"
    for given in source.fields:
        if given.required and target.field(given.name) is None:
            return f"an object with the further field {given.name}"
    return None


def _texts(source: TextType, target: TextType) -> str | None:
    if source.choices is not None and target.choices is not None and not set(source.choices) & set(target.choices):
        return f"only {' or '.join(source.choices)}"
    if source.length_min is not None and target.length_max is not None and source.length_min > target.length_max:
        return f"text of at least {source.length_min} characters"
    if source.length_max is not None and target.length_min is not None and source.length_max < target.length_min:
        return f"text of at most {source.length_max} characters"
    return None


def _bounds(source: NumberType | DecimalType, target: NumberType | DecimalType) -> str | None:
    if source.minimum is not None and target.maximum is not None and _is_over(source.minimum, target.maximum):
        return f"at least {source.minimum}"
    if source.maximum is not None and target.minimum is not None and _is_over(target.minimum, source.maximum):
        return f"at most {source.maximum}"
    return None


def _is_over(one: float | str, other: float | str) -> bool:
    return Decimal(str(one)) > Decimal(str(other))


def _files(source: FileType, target: FileType) -> str | None:
    if not _share_a_kind(source, target):
        return f"a file of {' or '.join(source.kinds or ())}"
    inside = fits(source.rows, target.rows)
    return None if inside is None else f"a table whose rows are {inside}"


def _share_a_kind(source: FileType, target: FileType) -> bool:
    if source.kinds is None or target.kinds is None:
        return True
    return any(_overlap(one, other) for one in source.kinds for other in target.kinds)


def _overlap(one: str, other: str) -> bool:
    return one == other or any(
        wide.endswith("/*") and narrow.startswith(wide[:-1]) for wide, narrow in ((one, other), (other, one))
    )
