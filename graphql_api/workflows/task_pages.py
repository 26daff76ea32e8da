"""The pages of the task kinds as they come along: beside the code in a repository, inside the package where it was installed."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_FOLDERS = (Path(__file__).parent / "guides", Path(__file__).parents[2] / "docs" / "tasks")
_WORKFLOW = re.compile(r"^```yaml\n(format:.*?)^```", re.MULTILINE | re.DOTALL)


@cache
def guide_of(kind: str) -> str | None:
    """The page of a kind, in Markdown; None where there is none."""
    for folder in _FOLDERS:
        page = folder / f"{kind}.md"
        if page.is_file():
            return page.read_text(encoding="utf-8")
    return None


@cache
def example_of(kind: str) -> str | None:
    """The workflow file of the page's example, the last where it has several; None where there is no page."""
    found = _WORKFLOW.findall(guide_of(kind) or "")
    return found[-1] if found else None
