"""How much room there is for files: the limits of a file and of a workspace, asked before actions store what they make."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from projections.content import ContentTotalsRow, find_totals
from projections.views import Views
from runner.actions.contract import FileRefused

TOTALS_SECONDS_MAX = 10.0
"""How old what is known of a workspace may be: a limit may be exceeded by what is stored in that time."""
WORKSPACES_KEPT_MAX = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLimits:
    """How large a file may be, and how much a workspace may have stored."""

    file_bytes_max: int
    workspace_files_max: int
    workspace_bytes_max: int


class Room:
    """Says how many bytes a file of a workspace may have."""

    def __init__(self, views: Views, limits: FileLimits) -> None:
        self._views = views
        self._limits = limits
        self._known: OrderedDict[UUID, tuple[float, ContentTotalsRow]] = OrderedDict()

    async def left(self, workspace: UUID) -> int:
        """The most bytes that one more file may have; raises FileRefused where there is no room at all."""
        totals = await self._totals(workspace)
        left = self._limits.workspace_bytes_max - totals.bytes
        if left < 0:
            raise FileRefused(
                "WORKSPACE_FULL",
                f"Expected at most {self._limits.workspace_bytes_max} bytes stored in a workspace, but there are {totals.bytes}.",
            )
        return min(self._limits.file_bytes_max, left)

    async def _totals(self, workspace: UUID) -> ContentTotalsRow:
        now = asyncio.get_running_loop().time()
        known = self._known.get(workspace)
        if known is None or now - known[0] > TOTALS_SECONDS_MAX:
            known = self._known[workspace] = now, await find_totals(self._views, workspace)
            if len(self._known) > WORKSPACES_KEPT_MAX:
                self._known.popitem(last=False)
        return known[1]
