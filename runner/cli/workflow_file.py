"""Workflow files: YAML that a person can read, to the plain object of `domain.workflows.portable` and back.

Only what JSON has can stand in a file: no anchors, no tags, no key twice. Every refusal names line and column.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.scalarstring import DoubleQuotedScalarString, LiteralScalarString

from domain.refusals import Detail, Refusal
from domain.values import ValueRefused, check_value, shorten
from domain.workflows.portable import WorkflowFile
from domain.workflows.reading import read_workflow

FILE_BYTES_MAX = 5 * 1024 * 1024
LINE_CHARACTERS_MAX = 120

_TAG = "tag:yaml.org,2002:"
_INCLUDED = "file"


class FileUnreadable(Refusal):
    """Expected {expected} in {file} at line {line}, column {column}, but got {found}."""

    def __init__(self, file: str, line: int, column: int, expected: str, found: str) -> None:
        place = f"{file}:{line}:{column}"
        super().__init__(
            details=(Detail(place, expected, found),),
            file=file,
            line=line,
            column=column,
            expected=expected,
            found=found,
        )


@dataclass(frozen=True, slots=True)
class Text:
    """A YAML file as it was read: its plain object, and where each place of it stands."""

    file: str
    content: Any
    marks: Mapping[str, tuple[int, int]] = field(default_factory=dict)

    def located(self, detail: Detail) -> str:
        """A detail as one line: `workflow.yaml:12:7: Expected … for tasks.find.inputs.text, but got …`."""
        return f"{self.where(detail.path)}: {detail.message}"

    def where(self, place: str) -> str:
        """Where a place, or what of it is there, stands: `workflow.yaml:12:7`."""
        line, column = self.mark(place)
        return f"{self.file}:{line}:{column}"

    def mark(self, place: str) -> tuple[int, int]:
        """Line and column of the same."""
        while place and place not in self.marks:
            place = place[: max(place.rfind("."), place.rfind("["), 0)]
        return self.marks.get(place, (1, 1))


def read_file(path: Path) -> tuple[WorkflowFile, Text]:
    """The workflow of a file; raises FileUnreadable, or WorkflowFileRefused whose details can be `located` in the text."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(str(path), 1, 1, "a file that can be read", str(error.strerror)) from None
    text = read_text(data, str(path), path.parent)
    return read_workflow(text.content), text


def read_text(data: bytes, file: str, folder: Path | None = None) -> Text:
    """The plain object of a YAML text; with a folder, code that stands in files beside it (`code: {file: …}`) is read in."""
    if len(data) > FILE_BYTES_MAX:
        raise FileUnreadable(file, 1, 1, f"at most {FILE_BYTES_MAX} bytes", f"{len(data)}")
    try:
        node = YAML(typ="safe", pure=True).compose(data.decode())
    except UnicodeDecodeError as error:
        raise FileUnreadable(file, 1, 1, "UTF-8", f"another byte at offset {error.start}") from None
    except RecursionError:
        raise FileUnreadable(file, 1, 1, "fewer levels", "too many") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (1, 1) if mark is None else (mark.line + 1, mark.column + 1)
        raise FileUnreadable(file, line, column, "YAML", str(error.problem or error.context)) from None
    except YAMLError as error:
        raise FileUnreadable(file, 1, 1, "YAML without control characters", shorten(str(error))) from None
    building = _Building(file, folder)
    content = building.value(node, "")
    return Text(file=file, content=content, marks=building.marks)


def write_text(content: Mapping[str, Any]) -> str:
    """The YAML text of a plain object; texts of several lines stand as such."""
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.allow_unicode = True
    yaml.width = LINE_CHARACTERS_MAX
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(_in_blocks(content), out)
    return out.getvalue()


def _in_blocks(value: Any) -> Any:
    if isinstance(value, dict):
        return {_quoted(key): _in_blocks(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_blocks(item) for item in value]
    if isinstance(value, str):
        return LiteralScalarString(value) if _is_block(value) else _quoted(value)
    return value


def _quoted(text: str) -> str:
    # Other line breaks and what cannot be printed only keep their place behind escapes.
    return text if text.isprintable() else DoubleQuotedScalarString(text)


def _is_block(text: str) -> bool:
    # Only what a block can hold without escapes; everything else is left to quotes.
    lines = text.split("\n")
    return len(lines) > 1 and bool(lines[0]) and text[0] != " " and all(line.isprintable() for line in lines)


class _Building:
    """Makes plain values of YAML's nodes, and remembers where each stood."""

    def __init__(self, file: str, folder: Path | None) -> None:
        self.marks: dict[str, tuple[int, int]] = {}
        self._file = file
        self._folder = folder

    def value(self, node: Node | None, place: str) -> Any:
        """The value of a node, whose place is known by the names and numbers that lead to it."""
        if node is None:
            raise FileUnreadable(self._file, 1, 1, "a workflow", "an empty file")
        line, column = self.marks[place] = (node.start_mark.line + 1, node.start_mark.column + 1)
        if node.anchor is not None:
            raise FileUnreadable(self._file, line, column, "no anchors or aliases", f"&{shorten(str(node.anchor))}")
        match node:
            case MappingNode() if _is_tag(node, "map"):
                return self._mapping(node, place)
            case SequenceNode() if _is_tag(node, "seq"):
                return [self.value(item, f"{place}[{number}]") for number, item in enumerate(node.value)]
            case ScalarNode():
                return self._scalar(node)
            case _:
                raise self._refusal(node, "values that JSON has", shorten(str(node.tag)))

    def _mapping(self, node: MappingNode, place: str) -> Any:
        found: dict[str, Any] = {}
        for key_node, item in node.value:
            key = self._scalar(key_node) if isinstance(key_node, ScalarNode) else None
            if not isinstance(key, str):
                raise self._refusal(key_node, "a key that is text", "another; put it into quotes")
            if key in found:
                raise self._refusal(key_node, "each key once", f'the key "{shorten(key)}" again')
            found[key] = self.value(item, f"{place}.{key}" if place else key)
        if self._folder is not None and _is_code(place) and found.keys() == {_INCLUDED}:
            return self._included(node, str(found[_INCLUDED]), self._folder)
        return found

    def _included(self, node: MappingNode, name: str, folder: Path) -> str:
        path = (folder / name).resolve()
        if not path.is_relative_to(folder.resolve()):
            # A workflow from elsewhere must not be able to send away what lies around on this machine.
            raise self._refusal(node, "a file beside the workflow's", f"{shorten(name)}, which lies elsewhere")
        try:
            if path.stat().st_size > FILE_BYTES_MAX:
                raise self._refusal(node, f"a file of at most {FILE_BYTES_MAX} bytes", "a larger one")
            return path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise self._refusal(node, f"the code in {shorten(name)}", shorten(str(error))) from None

    def _scalar(self, node: ScalarNode) -> Any:
        text: str = node.value
        try:
            value = _CONSTRUCT[str(node.tag).removeprefix(_TAG)](text)
            check_value(value)
        except (KeyError, ValueError):
            raise self._refusal(node, "a value that JSON has", shorten(text) or str(node.tag)) from None
        except ValueRefused as refused:
            raise self._refusal(node, refused.expected, refused.found) from None
        return value

    def _refusal(self, node: Node, expected: str, found: str) -> FileUnreadable:
        return FileUnreadable(self._file, node.start_mark.line + 1, node.start_mark.column + 1, expected, found)


def _is_tag(node: Node, name: str) -> bool:
    return str(node.tag) == _TAG + name


def _is_code(place: str) -> bool:
    steps = place.split(".")
    return len(steps) == 3 and steps[0] == "tasks" and steps[2] == "code"


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


def _whole_number(text: str) -> int:
    digits = text.replace("_", "")
    bare = digits.lstrip("+-")
    return int(digits, 0) if bare[:2].lower() in ("0x", "0o", "0b") else int(digits)


def _double(text: str) -> float:
    return float(text.lower().replace("_", "").replace(".nan", "nan").replace(".inf", "inf"))


_CONSTRUCT: Mapping[str, Callable[[str], Any]] = {
    "str": str,
    "null": lambda _: None,
    "bool": _boolean,
    "int": _whole_number,
    "float": _double,
    "timestamp": str,
}
