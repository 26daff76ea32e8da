"""Templates of a configuration: what is wrong with them for the declared inputs, and what becomes of them when an input is renamed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from domain.kinds.contract import Finding, RenameUncertain, UncertainPlace
from domain.kinds.text_templates import Path, Repeated, Shown, TemplateWrong, paths_in, read_template
from domain.types import (
    FilesType,
    FileType,
    ListType,
    NoSuchField,
    ObjectType,
    ValueType,
    describe,
    type_at,
)
from domain.variables import Variable

TEMPLATE_WRONG = "TEMPLATE_WRONG"
_PLAIN = "a text, number, date or boolean"


def template_findings(source: str, place: str, variables: Sequence[Variable]) -> Iterator[Finding]:
    """What keeps a text from being a template over these inputs."""
    try:
        template = read_template(source)
    except TemplateWrong as wrong:
        yield Finding(TEMPLATE_WRONG, place, wrong.expected, f"{wrong.found}, in line {wrong.line}")
        return
    declared = {variable.name: variable.type for variable in variables}
    for part, path, names in paths_in(template):
        if isinstance(part, Repeated) and part.name in declared:
            found = f"{part.name}, which is an input, in line {path.line}"
            yield Finding(TEMPLATE_WRONG, place, "another name for each item than an input has", found)
            continue
        try:
            found_type = _type_of(path, names, declared)
        except KeyError as error:
            found = f"{error.args[0]}, which is none, in line {path.line}"
            yield Finding("UNKNOWN_VARIABLE", place, "a declared input, or a field inside one", found)
        except NoSuchField as error:
            yield Finding("UNKNOWN_VARIABLE", place, "a field that is there", f"{error}, in line {path.line}")
        else:
            yield from _misuse(part, path, found_type, place)


def renamed_in_template(source: str, old: str, new: str, place: str) -> str:
    """The template with an input under another name. Raises RenameUncertain where it cannot be read, or the new name stands for items."""
    try:
        template = read_template(source)
    except TemplateWrong as wrong:
        if old not in source:
            return source
        raise RenameUncertain(UncertainPlace(place, wrong.line, "this is no template")) from None
    uses: list[Path] = []
    for part, path, names in paths_in(template):
        if isinstance(part, Repeated) and part.name == new:
            raise RenameUncertain(UncertainPlace(place, path.line, f"{new} stands for items of a list"))
        if path.steps[0] == old and old not in names:
            uses.append(path)
    for use in sorted(uses, key=lambda path: path.start, reverse=True):
        source = source[: use.start] + new + source[use.start + len(old) :]
    return source


def _type_of(path: Path, names: Mapping[str, Path], declared: Mapping[str, ValueType | None]) -> ValueType | None:
    first = path.steps[0]
    if first in names:
        others = {name: other for name, other in names.items() if name != first}
        of_list = _type_of(names[first], others, declared)
        item = (
            of_list.items if isinstance(of_list, ListType) else FileType() if isinstance(of_list, FilesType) else None
        )
        return type_at(item, path.steps[1:], first)
    return type_at(declared[first], path.steps[1:], first)


def _misuse(part: object, path: Path, found: ValueType | None, place: str) -> Iterator[Finding]:
    if found is None:
        return
    if isinstance(part, Repeated) and not isinstance(found, ListType | FilesType):
        yield Finding("TYPE_MISMATCH", place, f"a list for {path.text}, in line {path.line}", describe(found))
    if isinstance(part, Shown) and isinstance(found, ObjectType | ListType | FileType | FilesType):
        yield Finding("TYPE_MISMATCH", place, f"{_PLAIN} for {path.text}, in line {path.line}", describe(found))
