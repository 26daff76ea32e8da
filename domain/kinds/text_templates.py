"""A small template language for texts: `{{ path }}`, `{% if path %}`, `{% for name in path %}`. Pure, and its cost is bounded.

It is a part of what Liquid and Jinja write, so that it is known to many, and no more of it, so that a template can be checked against the
declared types, renamed with certainty, and rendered in time that only its values decide. It calls nothing and reaches nothing but its inputs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Any

from domain.values import value_at

PARTS_MAX = 2_000
LEVELS_MAX = 20
STEPS_MAX = 1_000_000
"""How many parts may be written while one template is rendered, repetitions included."""
LOOP_NAMES_KEPT = frozenset({"if", "else", "endif", "for", "in", "endfor", "true", "false", "null"})

Escape = Callable[[str], str]
"""Makes a text harmless where it is to stand; of plain text it changes nothing."""


class TemplateWrong(Exception):
    """A template that cannot be read: what was expected, what was found, in which line."""

    def __init__(self, expected: str, found: str, line: int) -> None:
        self.expected, self.found, self.line = expected, found, line
        super().__init__(f"Expected {expected}, but got {found} in line {line}.")


class TemplateTooLarge(Exception):
    """Expected a rendered text of at most {most} characters, but it is longer."""

    def __init__(self, most: int) -> None:
        super().__init__(f"Expected a rendered text of at most {most} characters, but it is longer.")


@dataclass(frozen=True, slots=True)
class Path:
    """A value by its name and fields inside it, and where it stands in the template."""

    steps: tuple[str, ...]
    start: int
    line: int

    @property
    def text(self) -> str:
        """As it is written."""
        return ".".join(self.steps)


@dataclass(frozen=True, slots=True)
class Words:
    """Text that stands as it is."""

    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A value that is written, escaped."""

    path: Path


@dataclass(frozen=True, slots=True)
class Choice:
    """What is written when a value is there, and what otherwise."""

    path: Path
    then: tuple[Part, ...]
    otherwise: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Repeated:
    """What is written once for each item of a list, the item under a name of its own."""

    name: str
    path: Path
    body: tuple[Part, ...]


Part = Words | Shown | Choice | Repeated
Template = tuple[Part, ...]

_MARK = re.compile(r"\{[{%#]")
_CLOSED = {"{{": "}}", "{%": "%}", "{#": "#}"}
_PATH = re.compile(r"[a-z][a-z0-9_]*(?:\.\w+)*")
_LITERAL = re.compile(r'"(\{\{|\{%|\{#)"')
_FOR = re.compile(r"for\s+(?P<name>[a-z][a-z0-9_]{0,62})\s+in\s+(?P<path>\S+)")
_IF = re.compile(r"if\s+(?P<path>\S+)")
_A_PATH = 'the name of an input or a field in it, as invoice.total, or "{{" for these signs themselves'


@dataclass(slots=True)
class _Open:
    """A part that was begun and has not ended."""

    tag: str
    line: int
    path: Path
    name: str
    parts: list[Part]
    then: tuple[Part, ...] | None = None  # of a choice, once its `else` was read


def read_template(source: str) -> Template:
    """The template that a text holds; raises TemplateWrong."""
    return _Reader(source).read()


def render(
    template: Template, values: Mapping[str, Any], *, characters_max: int, escape: Escape = lambda text: text
) -> str:
    """The text with the values in their places; raises TemplateTooLarge."""
    written: list[str] = []
    left, steps = characters_max, STEPS_MAX
    for piece in _pieces(template, dict(values), escape):
        left -= len(piece)
        steps -= 1
        if left < 0 or steps < 0:
            raise TemplateTooLarge(characters_max)
        written.append(piece)
    return "".join(written)


def shown(value: Any) -> str:
    """A value as a reader wants it: nothing for null, whole numbers without a point, what has no plain form as JSON."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case int() | float():
            return str(value)
        case _:
            return dumps(value, ensure_ascii=False)


def paths_in(template: Template) -> Iterator[tuple[Part, Path, Mapping[str, Path]]]:
    """Every use of a value: the part it stands in, its path, and the names that stand for items there."""
    waiting: list[tuple[Sequence[Part], dict[str, Path]]] = [(template, {})]
    while waiting:
        parts, names = waiting.pop()
        for part in parts:
            match part:
                case Words():
                    pass
                case Shown():
                    yield part, part.path, names
                case Choice():
                    yield part, part.path, names
                    waiting += [(part.then, names), (part.otherwise, names)]
                case Repeated():
                    yield part, part.path, names
                    waiting.append((part.body, {**names, part.name: part.path}))


def is_there(value: Any) -> bool:
    """Whether a value counts for `if`: all but null, false, and what is empty; zero does."""
    return value is not None and value is not False and (not isinstance(value, str | list | dict) or bool(value))


class _Reader:
    """Reads a template from its beginning to its end."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._open: list[_Open] = []
        self._whole: list[Part] = []
        self._count = 0

    def read(self) -> Template:
        at = 0
        while (mark := _MARK.search(self._source, at)) is not None:
            self._words(at, mark.start())
            start, end = mark.end(), self._closed(mark)
            if mark[0] == "{{":
                self._shown(self._source[start:end], start)
            elif mark[0] == "{%":
                start += self._source.startswith("-", start, end)
                self._tag(self._source[start:end].removesuffix("-"), start)
            at = end + len(_CLOSED[mark[0]])
        self._words(at, len(self._source))
        if self._open:
            last = self._open[-1]
            raise TemplateWrong(f"{{% end{last.tag} %}}", f"none for the {last.tag} that begins", last.line)
        return tuple(self._whole)

    @property
    def _parts(self) -> list[Part]:
        return self._open[-1].parts if self._open else self._whole

    def _add(self, part: Part, line: int) -> None:
        self._count += 1
        if self._count > PARTS_MAX:
            raise TemplateWrong(f"a template of at most {PARTS_MAX} parts", "more", line)
        self._parts.append(part)

    def _closed(self, mark: re.Match[str]) -> int:
        """Where a part ends. One without an end is the last that is looked for, so that reading takes no longer than the text is long."""
        end = self._source.find(_CLOSED[mark[0]], mark.end())
        if end < 0:
            raise TemplateWrong(f"{_CLOSED[mark[0]]} after {mark[0]}", "none", self._line(mark.start()))
        return end

    def _words(self, start: int, end: int) -> None:
        if start < end:
            self._add(Words(self._source[start:end]), self._line(start))

    def _shown(self, text: str, start: int) -> None:
        line = self._line(start)
        if (literal := _LITERAL.fullmatch(text.strip())) is not None:
            self._add(Words(literal[1]), line)
        else:
            self._add(Shown(self._path(text, start)), line)

    def _tag(self, text: str, start: int) -> None:
        line, words = self._line(start), text.strip()
        if (found := _FOR.fullmatch(words)) is not None:
            if found["name"] in LOOP_NAMES_KEPT:
                raise TemplateWrong("a name for each item", f"{found['name']}, which is a word of templates", line)
            self._begin(
                "for", self._path(found["path"], start + text.index(words) + found.start("path")), found["name"]
            )
        elif (found := _IF.fullmatch(words)) is not None:
            self._begin("if", self._path(found["path"], start + text.index(words) + found.start("path")), "")
        elif words == "else" and self._open and self._open[-1].tag == "if" and self._open[-1].then is None:
            last = self._open[-1]
            last.then, last.parts = tuple(last.parts), []
        elif words in ("endif", "endfor") and self._open and words == f"end{self._open[-1].tag}":
            self._end(line)
        else:
            raise TemplateWrong("if, else, endif, for … in …, or endfor in its place", words[:40] or "nothing", line)

    def _begin(self, tag: str, path: Path, name: str) -> None:
        if len(self._open) >= LEVELS_MAX:
            raise TemplateWrong(f"at most {LEVELS_MAX} levels of if and for", "more", path.line)
        self._open.append(_Open(tag, path.line, path, name, []))

    def _end(self, line: int) -> None:
        last = self._open.pop()
        parts = tuple(last.parts)
        if last.tag == "for":
            self._add(Repeated(last.name, last.path, parts), line)
        else:
            then, otherwise = (parts, ()) if last.then is None else (last.then, parts)
            self._add(Choice(last.path, then, otherwise), line)

    def _path(self, text: str, start: int) -> Path:
        words, line = text.strip(), self._line(start)
        if _PATH.fullmatch(words) is None:
            raise TemplateWrong(_A_PATH, words[:40] or "nothing", line)
        return Path(tuple(words.split(".")), start + text.index(words), line)

    def _line(self, at: int) -> int:
        return self._source.count("\n", 0, at) + 1


def _pieces(template: Sequence[Part], values: dict[str, Any], escape: Escape) -> Iterator[str]:
    for part in template:
        match part:
            case Words():
                yield part.text
            case Shown():
                yield escape(shown(value_at(values, part.path.steps)))
            case Choice():
                chosen = part.then if is_there(value_at(values, part.path.steps)) else part.otherwise
                yield from _pieces(chosen, values, escape)
            case Repeated():
                items = value_at(values, part.path.steps)
                for item in items if isinstance(items, list) else ():
                    yield ""  # Counts as a step, so that a long list of nothing ends as well.
                    yield from _pieces(part.body, {**values, part.name: item}, escape)
