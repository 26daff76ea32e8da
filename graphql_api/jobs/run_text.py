"""The text of a run, read back."""

from __future__ import annotations

import re

from domain.jobs.run import Run
from domain.values import shorten
from graphql_api.refusals import ArgumentRefused

_RUN = re.compile(r"([a-z][a-z0-9_]{0,62})(?:\[(\d{1,9})\])?#(\d{1,9})\.(\d{1,9})", re.ASCII)


def read_run(text: str) -> Run:
    """The run of a text like `find#1.1` or `check[4]#1.2`."""
    match = _RUN.fullmatch(text)
    if match is None:
        raise ArgumentRefused(expected="a run like find#1.1", name="run", found=shorten(text) or "nothing")
    task, item, round_, attempt = match.groups()
    return Run(task=task, item=None if item is None else int(item), round=int(round_), attempt=int(attempt))
