"""The read model `content`: what of the blob store the log refers to, and how much that is of each workspace."""

from projections.content.queries import (
    Standing,
    find_totals,
    held_by_large,
    list_workspaces,
    read_standing,
    referred_to,
    unread_large,
)
from projections.content.rows import BlobReferenceRow, ContentTotalsRow

__all__ = [
    "BlobReferenceRow",
    "ContentTotalsRow",
    "Standing",
    "find_totals",
    "held_by_large",
    "list_workspaces",
    "read_standing",
    "referred_to",
    "unread_large",
]
