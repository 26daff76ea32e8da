"""What pydantic says of a form that cannot be read, in our words and with the places of a workflow file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from domain.kinds import KINDS
from domain.refusals import Detail
from domain.values import kind_of, shorten
from domain.variables import Variable
from domain.workflows.design import ForEach, InputSetting, Policy

TYPE_NAMES = frozenset(
    {"str", "float", "decimal", "bool", "date", "object", "array", "file", "array_files", "json_string"},
)
_PARTS: tuple[type[BaseModel], ...] = (
    *(kind.config for kind in KINDS.values()),
    Variable,
    InputSetting,
    Policy,
    ForEach,
)
_SETTINGS = sorted({name for part in _PARTS for name in part.model_fields})
_CONDITION_TAGS = frozenset({"compared", "words"})
_UNNAMED = frozenset({"input", "output", "policy"})
"""Parts of an edit whose own parts stand directly in the file."""


def misread(error: ValidationError, place: str, form: Any, *, skip: int = 0) -> Iterator[Detail]:
    """Each thing that is wrong with a form, which stands at a place; `skip` steps lead only to the form."""
    for one in error.errors(include_url=False):
        at = place + "".join(_steps(one["loc"][skip:], form))
        match one["type"]:
            case "extra_forbidden":
                name = str(one["loc"][-1])
                near = get_close_matches(name, _SETTINGS, n=1)
                asked = f"; did you mean {near[0]}?" if near else ""
                yield Detail(at, "a setting that is known here", f"{shown(name)}{asked}")
            case "missing":
                yield Detail(at, "a setting that must be there", "nothing")
            case "union_tag_invalid":
                tags = str(one.get("ctx", {}).get("expected_tags", "")).replace("'", "")
                yield Detail(at, f"one of {tags}", _tag(one["input"]))
            case "union_tag_not_found":
                yield Detail(at, "a type", shown(one["input"]))
            case _:
                yield _said(at, one["msg"], one["input"])


def shown(found: Any) -> str:
    """What was found: texts themselves, anything else by what it is."""
    return f'"{shorten(found)}"' if isinstance(found, str) else kind_of(found)


def _said(place: str, message: str, found: Any) -> Detail:
    own, has_voice, rule = message.removeprefix("Value error, Expected ").rstrip(".").partition(", but ")
    if has_voice:
        return Detail(place, own, rule)
    expected = own.removeprefix("Value error, ").removeprefix("Input should be ").removeprefix("Input should ")
    for subject, word in (
        ("String should ", "text to "),
        ("Tuple should ", "a list to "),
        ("List should ", "a list to "),
    ):
        if expected.startswith(subject):
            expected = word + expected.removeprefix(subject)
    return Detail(place, expected, shown(found))


def _tag(found: Any) -> str:
    return shown(found.get("type", found.get("do")) if isinstance(found, dict) else found)


def _steps(loc: Sequence[int | str], form: Any) -> Iterator[str]:
    # Lists of named things are objects in the file, the type of a variable stands beside its name, and what pydantic
    # adds to tell the types apart is no place at all.
    steps = list(loc)
    if steps and steps[0] in _UNNAMED and isinstance(form, dict):
        form = form.get(str(steps.pop(0)))
    before: int | str = ""
    for number, step in enumerate(steps):
        follows = steps[number + 1 : number + 2]
        if step in TYPE_NAMES and before in ("type", "items"):
            before = ""
            continue
        if step in _CONDITION_TAGS and isinstance(before, int) and steps[number - 2] == "conditions":
            before = ""
            continue
        form = _inside(form, step)
        if not (step == "type" and follows and follows[0] in TYPE_NAMES):
            yield _step(step, form)
        before = step


def _inside(form: Any, step: int | str) -> Any:
    if isinstance(form, dict):
        return form.get(str(step))
    if isinstance(form, list | tuple) and isinstance(step, int) and step < len(form):
        return form[step]
    return None


def _step(step: int | str, form: Any) -> str:
    if isinstance(step, str):
        return f".{shorten(step)}"
    name = form.get("name") if isinstance(form, dict) else None
    return f".{shorten(name)}" if isinstance(name, str) else f"[{step}]"
