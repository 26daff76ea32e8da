"""The model that the example asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.docs.counterparts.asking import answering
from tests.runner.up import Up


@contextmanager
def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:
    """A server, and the credential that the page names; each page has its own."""
    name = "account-of-agentic_review"
    with answering(up, name):
        yield {"credential: account": f"credential: {name}"}
