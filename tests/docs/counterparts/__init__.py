"""What the examples of the pages meet: real servers and files, one module a kind that needs some.

A module `tests/docs/counterparts/<kind>.py` may hold `SETTINGS`, environment variables of the system that runs the examples, and

    @contextmanager
    def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:

which puts into the folder the files that the commands of the page name, makes what they need (credentials by `up.fast`), starts the
servers on loopback, and yields what stands on the page → what stands there in the test: the names of hosts, mostly.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from importlib import import_module
from pathlib import Path

from tests.runner.up import Up

FOLDER = Path(__file__).parent
LOOPBACK = {"OPUS_PRIVATE_NETWORKS": "127.0.0.1/32"}
"""Counterparts run on this machine."""


def settings() -> dict[str, str]:
    """The settings that the counterparts of all kinds need."""
    found = dict(LOOPBACK)
    for file in sorted(FOLDER.glob("[a-z]*.py")):
        found |= getattr(import_module(f"{__name__}.{file.stem}"), "SETTINGS", {})
    return found


def counterpart_of(kind: str, up: Up, folder: Path) -> AbstractContextManager[Mapping[str, str]]:
    """What the example of a kind meets; nothing where it needs nothing."""
    if not (FOLDER / f"{kind}.py").exists():
        return _nothing()
    found: AbstractContextManager[Mapping[str, str]] = import_module(f"{__name__}.{kind}").counterpart(up, folder)
    return found


@contextmanager
def _nothing() -> Iterator[Mapping[str, str]]:
    yield {}
