"""YAML texts to plain objects, with line and column of each place; everything that cannot stand in a file is named at once.

Only what JSON has can: no anchors, no tags, no key twice. Depth and size are bounded while the text is read, so nothing grows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from yaml import CSafeLoader
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from domain.refusals import Detail, expected_but
from domain.values import VALUE_LEVELS_MAX, ValueRefused, check_value, shorten
from graphql_api.workflow_files.scalars import TAG, construct, tag_of

FILE_BYTES_MAX = 5 * 1024 * 1024
FAULTS_MAX = 100

_INCLUDED = "file"
_UNREADABLE = re.compile(r"[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
"""Control characters, and the line breaks of YAML 1.1, which 1.2 takes for text; both can be written in double quotes."""


@dataclass(frozen=True, slots=True)
class Text:
    """A YAML file as it was read: its plain object, where each place of it stands, and what in it could not be read."""

    file: str
    content: Any
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    faults: tuple[Detail, ...] = ()

    def mark(self, place: str) -> tuple[int, int]:
        """Line and column of a place, or of what of it is there."""
        while place and place not in self.marks:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.marks.get(place, (1, 1))

    def marked(self, detail: Detail) -> Detail:
        """A detail with line and column."""
        line, column = self.mark(detail.path)
        return replace(detail, line=line, column=column)

    def located(self, detail: Detail) -> str:
        """A detail as one line: `workflow.yaml:12:7: Expected … for tasks.find.inputs.text, but got …`."""
        line, column = self.mark(detail.path) if detail.line is None else (detail.line, detail.column)
        return f"{self.file}:{line}:{column}: {detail.message}"


def read_text(data: bytes, file: str, folder: Path | None = None, *, bytes_max: int = FILE_BYTES_MAX) -> Text:
    """The plain object of a YAML text; what of it cannot be read is null there and told as a fault.

    With a folder, code that stands in files beside it (`code: {file: …}`) is read in.
    """
    if len(data) > bytes_max:
        return _unread(file, _fault((1, 1), f"at most {bytes_max} bytes", f"{len(data)}"))
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        read = data[: error.start].decode()
        return _unread(file, _fault(_place_of(read, len(read)), "UTF-8", f"another byte at offset {error.start}"))
    text = text.removeprefix("\ufeff")
    if strange := list(_UNREADABLE.finditer(text)):
        expected = "characters that can be seen (write others in double quotes, as \\u0085)"
        return _unread(
            file,
            *(_fault(_place_of(text, one.start()), expected, f"U+{ord(one[0]):04X}") for one in strange[:FAULTS_MAX]),
        )
    reading = _Reading(text, folder)
    content = reading.whole()
    return Text(file=file, content=content, marks=reading.marks, faults=tuple(reading.faults))


def _unread(file: str, *faults: Detail) -> Text:
    return Text(file=file, content=None, faults=faults)


def _fault(mark: tuple[int, int], expected: str, found: str) -> Detail:
    line, column = mark
    return Detail(f"line {line}", expected, found, expected_but(expected, found), line=line, column=column)


def _place_of(text: str, offset: int) -> tuple[int, int]:
    lines = re.split(r"\r\n|\r|\n", text[:offset])
    return len(lines), len(lines[-1]) + 1


class _Stopped(Exception):
    """The rest of the text is not read."""


class _Reading:
    """Makes plain values of YAML's events, remembers where each stood, and gathers what cannot stand there."""

    def __init__(self, text: str, folder: Path | None) -> None:
        self.marks: dict[str, tuple[int, int]] = {}
        self.faults: list[Detail] = []
        self._folder = folder
        self._events = CSafeLoader(text)

    def whole(self) -> Any:
        """The value of the one document, as far as it could be read."""
        content: Any = None
        try:
            self._next()  # The stream's start.
            if isinstance(self._next(), StreamEndEvent):
                self._refuse((1, 1), "a workflow", "an empty file")
                return None
            content = self._value(self._next(), "", VALUE_LEVELS_MAX)
            self._next()  # The document's end.
            if isinstance(more := self._next(), DocumentStartEvent):
                self._refuse(_mark(more.start_mark), "one document", "another")
        except _Stopped:
            return content
        except MarkedYAMLError as error:
            self._refuse(_mark(error.problem_mark or error.context_mark), *_said(error))
        except YAMLError as error:
            self._refuse((1, 1), "YAML", shorten(str(error)))
        finally:
            self._events.dispose()
        return content

    def _next(self) -> Event:
        event = self._events.get_event()
        if event is None:
            raise _Stopped
        return event

    def _value(self, event: Event, place: str, levels_left: int) -> Any:
        mark = self.marks[place] = _mark(event.start_mark)
        if isinstance(event, AliasEvent):
            self._refuse(mark, "no anchors or aliases", f"*{shorten(str(event.anchor))}")
            return None
        if isinstance(event, NodeEvent) and event.anchor is not None:
            self._refuse(mark, "no anchors or aliases", f"&{shorten(event.anchor)}")
        if isinstance(event, ScalarEvent):
            return self._scalar(event, mark)
        if not isinstance(event, CollectionStartEvent):
            raise TypeError(f"Expected a node, but the parser gave {event!r}.")
        if not levels_left:
            self._refuse(mark, f"at most {VALUE_LEVELS_MAX} levels", "more")
            raise _Stopped
        is_mapping = isinstance(event, MappingStartEvent)
        if event.tag not in (None, "!", TAG + ("map" if is_mapping else "seq")):
            self._refuse(mark, "values that JSON has", shorten(event.tag))
        if is_mapping:
            return self._mapping(place, mark, levels_left - 1)
        found: list[Any] = []
        while not isinstance(item := self._next(), SequenceEndEvent):
            found.append(self._value(item, f"{place}[{len(found)}]", levels_left - 1))
        return found

    def _mapping(self, place: str, mark: tuple[int, int], levels_left: int) -> Any:
        found: dict[str, Any] = {}
        while not isinstance(event := self._next(), MappingEndEvent):
            key, at = self._key(event, levels_left), _mark(event.start_mark)
            if key is not None and key in found:
                self._refuse(at, "each key once", f'the key "{shorten(key)}" again')
            inside = place if key is None else f"{place}.{key}" if place else key
            before = self.marks.get(inside)
            value = self._value(self._next(), inside, levels_left)
            if key is not None and key not in found:
                found[key] = value
            elif before is not None:
                self.marks[inside] = before  # The first of its name is the one that is read.
        if self._folder is not None and _is_code(place) and found.keys() == {_INCLUDED}:
            return self._included(mark, str(found[_INCLUDED]), self._folder)
        return found

    def _key(self, event: Event, levels_left: int) -> str | None:
        mark = _mark(event.start_mark)
        if isinstance(event, ScalarEvent) and event.anchor is None:
            key = self._scalar(event, mark)
            if isinstance(key, str):
                return key
        else:
            self._value(event, "?", levels_left)
        self._refuse(mark, "a key that is text", "another; put it into quotes")
        return None

    def _scalar(self, event: ScalarEvent, mark: tuple[int, int]) -> Any:
        text: str = event.value
        is_plain, _ = event.implicit
        tag = event.tag or (tag_of(text) if is_plain else TAG + "str")
        try:
            value = construct(TAG + "str" if tag == "!" else tag, text)
            check_value(value)
        except (KeyError, ValueError):
            self._refuse(mark, "a value that JSON has", shorten(text) or shorten(tag))
        except ValueRefused as refused:
            self._refuse(mark, refused.expected, refused.found)
        else:
            return value
        return None

    def _included(self, mark: tuple[int, int], name: str, folder: Path) -> str | None:
        try:
            path = (folder / name).resolve()
            if not path.is_relative_to(folder.resolve()):
                # A workflow from elsewhere must not be able to send away what lies around on this machine.
                self._refuse(mark, "a file beside the workflow's", f"{shorten(name)}, which lies elsewhere")
            elif path.stat().st_size > FILE_BYTES_MAX:
                self._refuse(mark, f"a file of at most {FILE_BYTES_MAX} bytes", "a larger one")
            else:
                return path.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            self._refuse(mark, f"the code in {shorten(name)}", shorten(str(error)))
        return None

    def _refuse(self, mark: tuple[int, int], expected: str, found: str) -> None:
        self.faults.append(_fault(mark, expected, found))
        if len(self.faults) >= FAULTS_MAX:
            raise _Stopped


def _said(error: MarkedYAMLError) -> tuple[str, str]:
    # The scanner looks ahead; what stands within a thousand brackets on one line it does not even begin to tell.
    if "nesting depth" in str(error.problem):
        return f"at most {VALUE_LEVELS_MAX} levels", "far more"
    return "YAML", str(error.problem or error.context)


def _mark(mark: Any) -> tuple[int, int]:
    return (1, 1) if mark is None else (mark.line + 1, mark.column + 1)


def _is_code(place: str) -> bool:
    steps = place.split(".")
    return len(steps) == 3 and steps[0] == "tasks" and steps[2] == "code"
