"""What a read model is: tables, and how each event of the log changes their rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from event_store.reader import Reader
from projections.happened import Happened
from projections.rows import RowKey, Rows
from projections.tables import Table

Apply = Callable[[Rows, Happened], None]
"""Changes rows as an event says; what it raises quarantines the event's stream in the read model."""
Key = tuple[Table[Any], RowKey, bool]
"""A row that applying an event looks at: its table, its key, and whether the event is the one that makes it."""


class RowMissing(Exception):
    """Expected a row that an earlier event of the stream had made, but there is none."""

    def __init__(self, table: str, key: object) -> None:
        super().__init__(f"Expected a row of {table} for {key}, but there is none.")


def no_keys(_event: Happened) -> Iterable[Key]:
    """For events that look at no row that was there before."""
    return ()


def ignore(_rows: Rows, _event: Happened) -> None:
    """For events that change nothing a screen asks of the read model."""


@dataclass(frozen=True, slots=True)
class Loading:
    """What preparing a batch may read: the log, and rows (`await rows(table, keys)`)."""

    reader: Reader
    rows: Callable[[Table[Any], Sequence[RowKey]], Awaitable[None]]


async def nothing_to_read(_rows: Rows, _events: Sequence[Happened], _loading: Loading) -> None:
    """For read models whose rows follow from the events alone."""


def nothing_to_settle(_rows: Rows) -> None:
    """For read models that have nothing to do at the end of a batch."""


@dataclass(frozen=True)
class ReadModel:
    """A read model. Rows belong to one stream each, so that a stream that cannot be followed harms no other.

    A change of what rows say needs a new `version`: the tables are then built anew beside the old ones.
    """

    name: str
    version: int
    tables: Sequence[Table[Any]]
    appliers: Mapping[str, Apply]  # by wire name: every event of the subjects it follows
    concerns: Callable[[Happened], bool] | None = None
    """Of the events it follows only these say anything to it; without, all."""
    keys: Callable[[Happened], Iterable[Key]] = no_keys
    prepare: Callable[[Rows, Sequence[Happened], Loading], Awaitable[None]] = nothing_to_read
    settle: Callable[[Rows], None] = nothing_to_settle  # after the events of a batch, before its rows are written

    @cached_property
    def subjects(self) -> frozenset[str]:
        """The first words of the wire names it follows; of these subjects it must know every event."""
        return frozenset(wire.partition(".")[0] for wire in self.appliers)
