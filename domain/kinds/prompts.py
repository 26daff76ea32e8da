r"""Prompts: text in which `{{invoice.total}}` stands for what an input holds. `\{{` stands for the two braces themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from domain.kinds.contract import Finding
from domain.types import NoSuchField, type_at
from domain.variables import Variable

PROMPT_CHARACTERS_MAX = 100_000

_PLACE = re.compile(r"(?P<kept>\\\{\{)|\{\{(?P<named>[^{}]*)\}\}")

Part = str | tuple[str, ...]
"""Text as it stands, or the path of what stands there: an input, and fields inside it."""


def parts(prompt: str) -> Iterator[Part]:
    """What a prompt consists of, in its order."""
    at = 0
    for found in _PLACE.finditer(prompt):
        if found.start() > at:
            yield prompt[at : found.start()]
        yield "{{" if found["kept"] else tuple(found["named"].strip().split("."))
        at = found.end()
    if at < len(prompt):
        yield prompt[at:]


def named(*prompts: str | None) -> frozenset[str]:
    """The inputs that prompts name."""
    return frozenset(part[0] for prompt in prompts for part in parts(prompt or "") if isinstance(part, tuple))


def renamed(prompt: str | None, old: str, new: str) -> str | None:
    """The prompt after an input was renamed."""
    if prompt is None:
        return None

    def follow(found: re.Match[str]) -> str:
        if found["kept"] or found["named"].strip().split(".")[0] != old:
            return found.group()
        return "{{" + re.sub(rf"^(\s*){re.escape(old)}", rf"\g<1>{new}", found["named"]) + "}}"

    return _PLACE.sub(follow, prompt)


def findings(path: str, prompt: str | None, variables: Sequence[Variable]) -> Iterator[Finding]:
    """What keeps a prompt from being filled in with the declared inputs."""
    if prompt is None:
        return
    if len(prompt) > PROMPT_CHARACTERS_MAX:
        expected = f"a prompt of at most {PROMPT_CHARACTERS_MAX} characters"
        yield Finding("PROMPT_TOO_LONG", path, expected, f"{len(prompt)}")
    declared = {variable.name: variable.type for variable in variables}
    told: set[tuple[str, ...]] = set()
    for part in parts(prompt):
        if isinstance(part, str) or part in told:
            continue
        told.add(part)
        if part[0] not in declared:
            expected = r"a declared input in {{ }}, or \{{ where braces are meant"
            yield Finding("UNKNOWN_VARIABLE", path, expected, f"{{{{{'.'.join(part)}}}}}")
            continue
        try:
            type_at(declared[part[0]], part[1:], part[0])
        except NoSuchField as refusal:
            yield Finding("UNKNOWN_VARIABLE", path, "a field that is declared", str(refusal))
