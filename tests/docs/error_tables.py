"""The tables of errors on the pages of the kinds, as the kinds declare them: `python -m tests.docs.error_tables` writes them anew."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from domain.kinds import KINDS
from domain.kinds.errors import EVERY_KIND_ERRORS, TaskError
from runner.actions.registry import ACTIONS
from tests.docs.task_pages import FOLDER

OF_EVERY_KIND = FOLDER / "README.md"
HEAD = "| Code | What happened | What to do | Tried again by a retry |\n| --- | --- | --- | --- |\n"
_TABLE = re.compile(r"(?<=\n## Errors)[^#]*?\n(\| Code .*?)(?=\n(?!\|)|\Z)", re.DOTALL)


def table_of(errors: Iterable[TaskError]) -> str:
    """The errors as a page shows them."""
    shown = {"always": "yes", "never": "no"}
    rows = (
        f"| `{one.code}` | {one.happened} | {one.what_to_do} | {one.when or shown[one.retried]} |" for one in errors
    )
    return HEAD + "\n".join(rows)


def tables() -> dict[Path, str]:
    """Each page with errors, and the table that stands on it."""
    known = {FOLDER / f"{kind}.md": KINDS[kind].errors for kind in ACTIONS}
    return {page: table_of(errors) for page, errors in {**known, OF_EVERY_KIND: EVERY_KIND_ERRORS}.items() if errors}


def table_on(page: Path) -> str | None:
    """The table that stands there."""
    found = _TABLE.search(page.read_text())
    return None if found is None else found[1]


def write() -> None:
    """Puts each table in the place of the one on its page."""
    for page, table in tables().items():
        page.write_text(page.read_text().replace(table_on(page) or "", table, 1))


if __name__ == "__main__":
    write()
