"""What all readers of one import share: how it is configured, what was wrong, and what was found out on the way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from domain.kinds.import_data import ImportDataConfiguration
from domain.values import shorten
from runner.actions.tables.bad_rows import BadRows
from runner.actions.tables.cells import Reading

BATCH_ROWS = 500
"""How many rows are looked at together: enough to be quick, few enough to stay small."""
COLUMNS_NOTED_MAX = 100

Lines = Iterator[tuple[int, bytes]]
"""Batch by batch: how many rows are well, and these as lines of a table."""


@dataclass(slots=True)
class Importing:
    """One import."""

    config: ImportDataConfiguration
    bad: BadRows = field(default_factory=BadRows)
    found: dict[str, object] = field(default_factory=dict)  # format, encoding, delimiter, columns …: the evidence

    def found_columns(self, names: Sequence[str]) -> None:
        """Notes which columns there are: the first of them, and of a long name the beginning."""
        self.found["columns"] = list(map(shorten, names[:COLUMNS_NOTED_MAX]))

    @property
    def reading(self) -> Reading:
        """How its texts are read."""
        return Reading(self.config.decimal_mark, self.config.group_mark, self.config.time_zone)
