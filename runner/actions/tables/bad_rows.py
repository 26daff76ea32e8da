"""Rows that are not as declared: counted, and the first of them kept with their number and the reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from domain.values import shorten

BAD_ROWS_KEPT_MAX = 1_000
REASON_CHARACTERS_MAX = 300


class CellRefused(ValueError):
    """A value that is not as its column is declared; the text is the reason."""

    def __init__(self, reason: str, column: str | None = None) -> None:
        self.column = column
        super().__init__(reason)


@dataclass(slots=True)
class BadRows:
    """What was wrong, row by row."""

    count: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)

    def add(self, row: int, reason: str, *, line: int | None = None, column: str | None = None) -> None:
        """Notes a row; beyond `BAD_ROWS_KEPT_MAX` it is only counted."""
        self.count += 1
        if len(self.kept) < BAD_ROWS_KEPT_MAX:
            said: dict[str, Any] = {"row": row}
            if line is not None:
                said["line"] = line
            if column is not None:
                said["column"] = shorten(column)
            printable = "".join(each if each.isprintable() else "?" for each in reason)
            self.kept.append(said | {"reason": printable[:REASON_CHARACTERS_MAX]})
