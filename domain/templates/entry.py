"""What the library says of a template: what it is called, whom it is for, and what it is found by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from domain.events import Recorded
from domain.refusals import Detail
from domain.values import shorten
from domain.variables import Variable
from domain.workflows.design import Design, Task

SLUG_CHARACTERS_MAX = 80
NAME_CHARACTERS_MAX = 200
TEXT_CHARACTERS_MAX = 20_000
LABELS_MAX = 300
LABEL_CHARACTERS_MAX = 200

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_FACET = re.compile(r"[a-z][a-z0-9_]{0,62}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


class TemplateEntry(Recorded):
    """What the library says of a template, beside how it is drawn."""

    name: str
    description: Any = None
    industries: tuple[str, ...] = ()  # who would use it: `banking`
    purposes: tuple[str, ...] = ()  # what for: `approval`
    tags: tuple[str, ...] = ()
    words: tuple[str, ...] = ()  # by which it is found as well
    language: str = "en"  # of its texts, as BCP 47 has it
    author: Any = None


class _Limit(NamedTuple):
    count_max: int
    pattern: re.Pattern[str]
    expected: str


_PRINTED = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029]{1,60}")
_LIMITS = {
    "industries": _Limit(10, _FACET, "a word of small letters, like banking"),
    "purposes": _Limit(10, _FACET, "a word of small letters, like approval"),
    "tags": _Limit(30, _PRINTED, "1 to 60 characters on one line"),
    "words": _Limit(100, _PRINTED, "1 to 60 characters on one line"),
}


def faults(slug: str, entry: TemplateEntry, design: Design) -> Iterator[Detail]:
    """All that keeps an entry out of the library."""
    if len(slug) > SLUG_CHARACTERS_MAX or not _SLUG.fullmatch(slug):
        expected = f"at most {SLUG_CHARACTERS_MAX} small letters and digits, words parted by -"
        yield Detail("slug", expected, shorten(slug))
    if not entry.name.strip() or len(entry.name) > NAME_CHARACTERS_MAX or not entry.name.isprintable():
        yield Detail("name", f"1 to {NAME_CHARACTERS_MAX} characters without line breaks", shorten(entry.name))
    for part in ("description", "author"):
        text = getattr(entry, part)
        if isinstance(text, str) and len(text) > TEXT_CHARACTERS_MAX:
            yield Detail(part, f"at most {TEXT_CHARACTERS_MAX} characters", str(len(text)))
    if not _LANGUAGE.fullmatch(entry.language):
        yield Detail("language", "the code of a language, like en or de-CH", shorten(entry.language))
    if not entry.industries:
        yield Detail("industries", "at least one", "none")
    for part, limit in _LIMITS.items():
        yield from _of_list(part, getattr(entry, part), limit)
    if not design.tasks:
        yield Detail("tasks", "at least one task", "none")


def _of_list(part: str, found: Sequence[str], limit: _Limit) -> Iterator[Detail]:
    if len(found) > limit.count_max:
        yield Detail(part, f"at most {limit.count_max}", str(len(found)))
    for number, one in enumerate(found[: limit.count_max]):
        if not limit.pattern.fullmatch(one) or not one.strip():
            yield Detail(f"{part}[{number}]", limit.expected, shorten(one))
        elif one in found[:number]:
            yield Detail(f"{part}[{number}]", "each once", f"{shorten(one)} again")


def labels_of(design: Design) -> tuple[str, ...]:
    """What its tasks and variables are called, as far as that is told in plain text: a template is found by these too."""
    named: list[Task | Variable] = [
        *design.tasks.values(),
        *design.inputs.values(),
        *(output.variable for output in design.outputs.values()),
    ]
    labels = dict.fromkeys(one.label for one in named if isinstance(one.label, str) and one.label.strip())
    return tuple(label[:LABEL_CHARACTERS_MAX] for label in list(labels)[:LABELS_MAX])
