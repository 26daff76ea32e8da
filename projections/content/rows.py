"""The rows of the read model `content`. The log never forgets, so a reference once made is there for ever and need not be counted down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from projections.tables import Table


@dataclass(slots=True)
class BlobReferenceRow:
    """Content that the log refers to."""

    workspace_id: UUID
    hash: str
    position: int  # of the first event that does
    size: int | None = None  # unknown of graphs and designs, which are named by their hash alone
    large: bool = False  # it is a value, a graph or a design kept outside the log, which may hold files in its turn


@dataclass(slots=True)
class ContentTotalsRow:
    """How much a workspace has stored; content that is referred to twice counts once."""

    workspace_id: UUID
    files: int = 0
    contents: int = 0
    bytes: int = 0


BLOB_REFERENCES_TABLE: Table[Any] = Table("blob_references", BlobReferenceRow, ("workspace_id", "hash"))
CONTENT_TOTALS_TABLE: Table[Any] = Table("content_totals", ContentTotalsRow, ("workspace_id",))
