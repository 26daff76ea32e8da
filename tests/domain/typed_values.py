"""Random types, and values of them."""

from __future__ import annotations

from random import Random
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
    ObjectField,
    ObjectType,
    TextType,
    ValueType,
    accepts,
)

KINDS = ("application/pdf", "image/png", "image/*")
LEVELS_MAX = 2
TRIES_MAX = 500


def random_type(random: Random, levels: int = LEVELS_MAX) -> ValueType:
    """Any type, mostly with limits that only some values keep."""
    flat = (_text, _number, _decimal, _plain, _file)
    return random.choice((*flat, _list, _list, _object, _object) if levels else flat)(random, levels)


def varied(random: Random, declared: ValueType | None) -> ValueType:
    """A type of the same kind with other limits, so that it often accepts some of the same values."""
    match declared:
        case ListType() if random.random() < 0.9:
            return ListType(items=varied(random, declared.items))
        case ObjectType(fields=fields) if fields is not None and random.random() < 0.9:
            kept = [one for one in fields if random.random() < 0.9]
            return ObjectType(
                fields=tuple(
                    ObjectField(
                        name=one.name,
                        type=varied(random, one.type) if random.random() < 0.3 else one.type,
                        required=one.required if random.random() < 0.7 else random.random() < 0.5,
                    )
                    for one in kept
                )
            )
        case None:
            return random_type(random, 0)
        case _:
            make = {"str": _text, "float": _number, "decimal": _decimal, "file": _file, "array_files": _file}
            return make.get(declared.type, random_type)(random, 0)


def random_value(random: Random, declared: ValueType | None) -> Any:
    """A value of a type; None where none was found."""
    for _ in range(TRIES_MAX):
        value = _value(random, declared)
        if accepts(declared, value):
            return value
    return None


def _text(random: Random, _: int) -> ValueType:
    least = random.choice((None, None, 1, 3))
    return random.choice(
        (
            TextType(),
            TextType(choices=random.choice((("one", "two"), ("one",), ("two", "three", "")))),
            TextType(length_min=least, length_max=random.choice((None, 3, 5))),
            TextType(pattern=random.choice(("[a-z]+", "o.*"))),
        )
    )


def _number(random: Random, _: int) -> ValueType:
    return NumberType(minimum=random.choice((None, -1, 0)), maximum=random.choice((None, 1, 5.5)))


def _decimal(random: Random, _: int) -> ValueType:
    scale, least = random.choice((None, 0, 2)), random.choice((None, "-1.5", "0"))
    return DecimalType(scale=scale, minimum=least, maximum=random.choice((None, "1", "10")))


def _plain(random: Random, _: int) -> ValueType:
    return random.choice((BooleanType(), DateType(), JsonTextType()))


def _file(random: Random, _: int) -> ValueType:
    kinds = random.choice((None, *((kind,) for kind in KINDS), KINDS[:2]))
    rows = random.choice((None, ObjectType(), ObjectType(fields=(ObjectField(name="n", type=NumberType()),))))
    return random.choice((FileType(kinds=kinds, rows=rows), FilesType(kinds=kinds)))


def _list(random: Random, levels: int) -> ValueType:
    return ListType(items=random_type(random, levels - 1) if random.random() < 0.8 else None)


def _object(random: Random, levels: int) -> ValueType:
    if random.random() < 0.2:
        return ObjectType()
    names = [name for name in ("x", "y", "z") if random.random() < 0.6]
    fields = (
        ObjectField(name=name, type=random_type(random, levels - 1), required=random.random() < 0.6) for name in names
    )
    return ObjectType(fields=tuple(fields))


TEXTS = ("", "one", "two", "o", "oxygen", "ab", "abcd", "A1", "2026-01-01")
FLAT: dict[str, tuple[Any, ...]] = {
    "str": TEXTS,
    "float": (-5, -1, -0.5, 0, 0.5, 1, 3, 5.5, 100),
    "decimal": ("-20", "-1.5", "0", "0.125", "0.25", "1", "7", "100"),
    "bool": (True, False),
    "date": ("2026-01-01",),
    "json_string": ("[1]",),
    "file": tuple(
        {"name": "a", "content": {"$blob": {"v": 1, "hash": "0" * 64, "size": 1, "type": kind}}}
        for kind in ("application/pdf", "image/png", "image/gif", "text/csv")
    ),
}
ANYTHING: tuple[Any, ...] = ({}, {"x": "one"}, {"x": 1, "further": None}, {"y": [1]})


def _value(random: Random, declared: ValueType | None) -> Any:
    match declared:
        case TextType(choices=choices) if choices:
            return random.choice(choices)
        case FilesType():
            return [_value(random, FileType()) for _ in range(random.randrange(3))]
        case ListType():
            return [_value(random, declared.items) for _ in range(random.randrange(3))]
        case ObjectType(fields=None) | None:
            return random.choice(ANYTHING)
        case ObjectType():
            fields = [one for one in declared.fields or () if one.required or random.random() < 0.6]
            return {one.name: _value(random, one.type) for one in fields}
        case _:
            return random.choice(FLAT[declared.type])
