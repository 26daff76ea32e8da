"""The pages of the task kinds, read: their tables, and the examples with the commands that run them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "tasks"
ACTIONS = ROOT / "runner" / "actions"
SECTIONS = ["Configuration", "Outputs and routes", "Errors", "Limits"]
"""What every page has, in this order; most also have `Inputs` and `Example`."""
_CODE = re.compile(r"[A-Z]+(?:_[A-Z]+)+")
_FAILS = re.compile(r"(?:Failed|[Rr]efused|BudgetExceeded|misfit|_said|_Row|refuse|fail)$")
"""How what makes a failure is called: `Failed`, `CodeFailed`, `DocumentRefused`, `misfit`."""


@dataclass(frozen=True)
class TaskPage:
    """The page of one kind."""

    kind: str
    text: str

    @cached_property
    def heading(self) -> str:
        """Its first line."""
        return self.text.split("\n", 1)[0]

    @cached_property
    def why(self) -> str:
        """What stands before the first section."""
        return self.text.split("\n## ", 1)[0].split("\n", 1)[1].strip()

    @cached_property
    def sections(self) -> dict[str, str]:
        """Heading → text, in order."""
        parts = re.split(r"^## (.+)$", self.text, flags=re.MULTILINE)[1:]
        return dict(zip(parts[::2], parts[1::2], strict=True))

    def column(self, section: str) -> list[str]:
        """What stands in backticks in the first column of the tables of a section, those of its parts left out."""
        text = self.sections[section].split("\n### ", 1)[0]
        rows = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)[2:]
        return [name for row in rows for name in re.findall(r"`([^`]+)`", row)]

    @cached_property
    def blocks(self) -> list[tuple[str, str]]:
        """The fenced blocks of examples: workflow files and commands, in order."""
        found = re.findall(r"^```(\w+)\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)
        return [(language, block) for language, block in found if language in ("yaml", "sh")]


def page_of(kind: str) -> TaskPage:
    """The page of a kind; fails where there is none."""
    file = FOLDER / f"{kind}.md"
    assert file.exists(), f"Expected docs/tasks/{kind}.md to tell of the kind {kind}, but there is no such page."
    return TaskPage(kind, file.read_text())


def codes_of(kind: str) -> set[str]:
    """The codes of failures that stand in the source of a kind's action."""
    files = [*ACTIONS.glob(f"{kind}.py"), *ACTIONS.glob(f"{kind}_*.py"), *(ACTIONS / kind).glob("*.py")]
    return codes_in(files)


def codes_in(files: Iterable[Path]) -> set[str]:
    """The codes of failures that stand in these files, written out or by the name of a constant."""
    modules = [ast.parse(file.read_text()) for file in files]
    return {code for module in modules for code in _codes_in(module, _constants() | _constants_in(module))}


@cache
def _constants() -> dict[str, str]:
    modules = [ast.parse(file.read_text()) for file in ACTIONS.rglob("*.py")]
    return {name: value for module in modules for name, value in _constants_in(module).items()}


def _constants_in(module: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in module.body:
        match node:
            case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                pairs = list(zip(names, values, strict=True))
            case ast.Assign(targets=[name], value=value):
                pairs = [(name, value)]
            case _:
                continue
        for name, value in pairs:
            if isinstance(name, ast.Name) and isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[name.id] = value.value
    return found


def _codes_in(module: ast.Module, constants: Mapping[str, str]) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and node.args and _FAILS.search(_name(node.func)):
            first = node.args[0]
            code = first.value if isinstance(first, ast.Constant) else constants.get(_name(first))
            if isinstance(code, str) and _CODE.fullmatch(code):
                yield code


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name():
            return node.id
        case ast.Attribute():
            return node.attr
        case _:
            return ""
