"""The page that describes every event, made from the catalogue: `python -m domain.event_page > docs/events.md`."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from domain.catalogue import EVENTS

HEAD = """\
# Events

All that can stand in the log, made from the code by `python -m domain.event_page > docs/events.md`. When, by whom, in which
request and caused by what stands in the envelope of each. A *value* is any JSON, or one of the wrappers `$blob` and `$sealed`.
"""
WORDS = {"str": "text", "int": "whole number", "float": "number", "bool": "boolean", "datetime": "moment", "UUID": "id"}


def event_page() -> str:
    """The whole page, in Markdown."""
    parts: dict[str, type[BaseModel]] = {}
    lines = [HEAD]
    subject = ""
    for wire, event in sorted(EVENTS.items()):
        if wire.split(".")[0] != subject:
            subject = wire.split(".")[0]
            lines.append(f"## {subject.capitalize()}\n")
        lines += _section(f"`{wire}`", event, parts)
    lines.append("## Parts\n")
    described: set[str] = set()
    while left := sorted(parts.keys() - described):
        for name in left:
            described.add(name)
            lines += _section(name, parts[name], parts)
    return "\n".join(lines).rstrip() + "\n"


def _section(title: str, model: type[BaseModel], parts: dict[str, type[BaseModel]]) -> Iterator[str]:
    yield f"### {title}\n"
    yield f"{' '.join((model.__doc__ or '').split())}\n"
    if model.model_fields:
        yield "| Field | Holds | |\n| --- | --- | --- |"
        for name, field in model.model_fields.items():
            needed = "" if field.is_required() else "optional"
            shown = _shape(field.annotation, parts).replace("|", "\\|")
            yield f"| `{field.alias or name}` | {shown} | {needed} |"
        yield ""


def _shape(annotation: Any, parts: dict[str, type[BaseModel]]) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _shape(arguments[0], parts)
    if origin is Literal:
        return " or ".join(f"`{choice}`" for choice in arguments)
    if origin in (Union, UnionType):
        return " or ".join(_shape(each, parts) for each in arguments if each is not NoneType)
    if origin is dict:
        return f"{_shape(arguments[1], parts)}, by name"
    if origin in (tuple, list, frozenset):
        return f"list of {_shape(arguments[0], parts)}"
    if annotation is Any:
        return "value"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        parts[annotation.__name__] = annotation
        return annotation.__name__
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    name = getattr(annotation, "__name__", str(annotation))
    return WORDS.get(name, name)


if __name__ == "__main__":
    print(event_page(), end="")  # noqa: T201
