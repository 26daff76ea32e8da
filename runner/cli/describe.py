"""The page docs/cli.md: every verb of the command line with what it takes. Printed by `python -m runner.cli.describe`."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Iterator

import typer
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption

from runner.cli.app import app
from runner.cli.verb import usage_of

INTRODUCTION = """\
# The command line

`opus` is a client of the GraphQL API; only the parts themselves, `key`, `keys`, `migrate`, `rebuild`, `backup`, `restore`,
`files collect` and `verify` without a job work on the database, and `check` needs neither. It finds the API and its key by
[settings](settings.md); without any, it talks to the
`opus up` of the same folder with the admin's key. This page is printed by `python -m runner.cli.describe`.

Exit codes: 0 done; 1 refused, with the reason on standard error; 2 wrong use; 3 `run --watch` saw a job end otherwise than
completed, or `diff` found a difference.
"""


def describe() -> str:
    """The page as Markdown."""
    root = typer.main.get_command(app)
    if not isinstance(root, TyperGroup):
        raise TypeError("Expected a command line with several verbs, but it has one.")
    sections = [_section(path, command) for path, command in verbs(root, "opus")]
    return "\n".join([INTRODUCTION, *sections])


def verbs(group: TyperGroup, path: str) -> Iterator[tuple[str, TyperCommand]]:
    """Every verb with the words that call it."""
    for name, command in group.commands.items():
        if isinstance(command, TyperGroup):
            yield from verbs(command, f"{path} {name}")
        elif isinstance(command, TyperCommand):
            yield f"{path} {name}", command


def _section(path: str, command: TyperCommand) -> str:
    arguments = [each for each in command.params if isinstance(each, TyperArgument)]
    options = [each for each in command.params if isinstance(each, TyperOption) and each.name != "help"]
    words = [
        path,
        *map(usage_of, arguments),
    ]
    lines = [f"## {path}", "", f"`{' '.join(words)}{' [OPTIONS]' if options else ''}`", ""]
    lines += [" ".join(inspect.cleandoc(command.help or "").split()), ""]
    lines += [f"- `{_word(each)}`: {each.help}" for each in arguments]
    lines += [f"- `{', '.join([*each.opts, *each.secondary_opts])}`: {each.help}{_default(each)}" for each in options]
    return "\n".join(lines).rstrip() + "\n"


def _word(argument: TyperArgument) -> str:
    return argument.metavar or (argument.name or "").upper()


def _default(option: TyperOption) -> str:
    if option.is_flag or option.default in (None, ""):
        return ""
    return f" Default: `{option.default}`."


if __name__ == "__main__":
    sys.stdout.write(describe())
