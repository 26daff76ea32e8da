"""The orders that the example reads: as an old spreadsheet writes them, one of them without a total."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.runner.up import Up

ORDERS = (
    "Nr;Kunde;Betrag;Datum\n1;Müller & Söhne;1.234,50;31.01.2026\n2;Jürgen Groß;99,00;01.02.2026\n3;Ada;;02.02.2026\n"
)


@contextmanager
def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:
    """The file."""
    (folder / "orders.csv").write_bytes(ORDERS.encode("cp1252"))
    yield {}
