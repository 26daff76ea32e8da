"""What a model is told: prompts filled in, the inputs that they do not name, and files as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from domain.kinds import prompts
from domain.types import FilesType, FileType, ListType, ObjectType, TextType, ValueType, type_at
from domain.values import BLOB, value_at
from domain.variables import Variable

FILE_BYTES_MAX = 20 * 1024 * 1024
FILES_BYTES_MAX = 50 * 1024 * 1024
FILES_MAX = 50

_FENCE = re.compile(r"`{3,}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is said to a model: rules, the question, and the files that go with it."""

    system: str
    user: str
    files: tuple[Mapping[str, Any], ...] = field(default=())


def fill(prompt: str, variables: Sequence[Variable], inputs: Mapping[str, Any]) -> str:
    """The prompt with what stands in the inputs."""
    declared = {variable.name: variable.type for variable in variables}
    values = dict(inputs)
    return "".join(
        part
        if isinstance(part, str)
        else shown_value(type_at(declared[part[0]], part[1:], part[0]), value_at(values, part))
        for part in prompts.parts(prompt)
    )


def others(named: frozenset[str], variables: Sequence[Variable], inputs: Mapping[str, Any]) -> Iterator[str]:
    """The inputs that are not named, each under its name, fenced so that nothing in it can pass for the prompt."""
    for variable in variables:
        if variable.name not in named:
            yield fenced(_title(variable), shown_value(variable.type, inputs.get(variable.name)))


def fenced(title: str, text: str) -> str:
    """Text under a title, between two fences that are longer than any inside."""
    fence = "`" * max((len(found) + 1 for found in _FENCE.findall(text)), default=3)
    return f"{title}:\n{fence}\n{text}\n{fence}"


def shown_value(declared: ValueType | None, value: Any) -> str:
    """A value as a model reads it: text as it is, files by their names, the rest as JSON."""
    if value is None:
        return "(none)"
    if isinstance(value, str) and (declared is None or not isinstance(declared, ListType | ObjectType)):
        return value
    return json.dumps(_plain(declared, value), ensure_ascii=False, indent=None if isinstance(value, int | float) else 1)


def files_in(variables: Sequence[Variable], inputs: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The files that the inputs hold, wherever they stand in them, each once."""
    found: dict[str, Mapping[str, Any]] = {}
    for variable in variables:
        for file in _files(variable.type, inputs.get(variable.name)):
            found.setdefault(f"{file['content'][BLOB]['hash']} {file['name']}", file)
    return tuple(found.values())


def is_plain_text(variables: Sequence[Variable]) -> bool:
    """Whether all that is wanted is one text, so that the answer itself is it."""
    if len(variables) != 1 or not variables[0].required:
        return False
    declared = variables[0].type
    return isinstance(declared, TextType) and declared.choices is None and declared.pattern is None


def _title(variable: Variable) -> str:
    said = variable.description if isinstance(variable.description, str) and variable.description.strip() else None
    return variable.name if said is None else f"{variable.name} ({' '.join(said.split())})"


def _plain(declared: ValueType | None, value: Any) -> Any:
    # By the declared type: an object of a user that only looks like a file is none.
    match declared:
        case FileType() if isinstance(value, dict):
            return f"file {value.get('name')}"
        case FilesType() if isinstance(value, list):
            return [_plain(FileType(), item) for item in value]
        case ListType() if isinstance(value, list):
            return [_plain(declared.items, item) for item in value]
        case ObjectType() if isinstance(value, dict) and declared.fields is not None:
            types = {field.name: field.type for field in declared.fields}
            return {name: _plain(types.get(name), item) for name, item in value.items()}
        case _:
            return value


def _files(declared: ValueType | None, value: Any) -> Iterator[Mapping[str, Any]]:
    match declared:
        case FileType() if isinstance(value, dict):
            yield value
        case FilesType() if isinstance(value, list):
            yield from value
        case ListType() if isinstance(value, list):
            for item in value:
                yield from _files(declared.items, item)
        case ObjectType() if isinstance(value, dict):
            for field_ in declared.fields or ():
                yield from _files(field_.type, value.get(field_.name))
        case _:
            return
