"""The workflow file that a verb is given: read whole, or every fault told at once with its line and column."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from domain.workflows.checks import Check
from graphql_api.workflow_files.parsing import Text
from graphql_api.workflow_files.whole import WholeFile, read_whole
from runner.cli.client import ApiClient
from runner.cli.output import errors
from runner.cli.signing import sign
from runner.refused import Refused

HINTS: Final = {"EXCLUSIVE_ROUTES": " Write `join: any` beside it if one of them is enough."}
"""What to write in the file, where that is plain from the check."""


class FileCannotBeUsed(Refused):
    """Expected a workflow file, but it cannot be read or drawn, or names a workflow that takes no edits any more."""


def read_given(file: Path) -> WholeFile:
    """The workflow of a file that can be drawn as a whole; else every place of it that cannot is told at once."""
    return _without_faults(read_whole(file.read_bytes(), str(file), file.parent))


def draw_signed(client: ApiClient, given: WholeFile) -> WholeFile:
    """The same with the inputs and outputs of the workflows it executes; refuses again what does not fit those."""
    return _without_faults(given.drawn_anew(sign(client, given.wanted)))


def tell_checks(checks: list[Check], text: Text) -> int:
    """Says what the checks found, each with its line in the file; returns the number of errors."""
    for check in checks:
        style = "red" if check.severity == "error" else "yellow"
        errors.print(f"{check.severity}: {text.located(check.detail)}{HINTS.get(check.code, '')}", style=style)
    return sum(check.severity == "error" for check in checks)


def _without_faults(whole: WholeFile) -> WholeFile:
    if whole.faults:
        count = f"{len(whole.faults)} things" if len(whole.faults) > 1 else "one thing"
        places = "\n".join(whole.text.located(fault) for fault in whole.faults)
        file = whole.text.file
        raise FileCannotBeUsed(
            f"Expected a workflow that can be read and drawn, but {count} of {file} cannot:\n{places}"
        )
    return whole
