"""What the API asks of where uploads under way are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

Outcome = Literal["stored", "terminated", "expired"]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that comes in parts: what was told of it, how much of it is on disk, and until when it may be continued."""

    id: UUID
    workspace_id: UUID
    name: str
    media_type: str
    length: int
    received: int
    expires_at: datetime
    outcome: Outcome | None

    @property
    def is_whole(self) -> bool:
        """Whether every byte of it is on disk."""
        return self.received == self.length


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of an upload that are on disk: where they begin, how many they are, and the hash they are kept under."""

    first: int
    size: int
    hash: str


class Uploads(Protocol):
    """Uploads under way, known to all processes."""

    async def begin(self, upload: Upload, *, open_max: int) -> bool:
        """Begins an upload; False when the workspace has so many under way already."""
        ...

    async def find(self, workspace_id: UUID, upload_id: UUID) -> Upload | None:
        """An upload of the workspace, one that ended less than a day ago too."""
        ...

    async def under_way(self, workspace_id: UUID) -> tuple[int, int]:
        """How many uploads of a workspace are under way, and how many bytes they will be together."""
        ...

    async def add(self, upload_id: UUID, parts: Sequence[Part]) -> bool:
        """Records parts that follow directly on what is there; False when other bytes came first, or it has ended."""
        ...

    async def parts(self, upload_id: UUID) -> list[Part]:
        """Its parts in order."""
        ...

    async def end(self, upload_id: UUID, outcome: Outcome) -> None:
        """Ends an upload; one that has ended stays as it ended."""
        ...
