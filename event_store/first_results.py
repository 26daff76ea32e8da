"""What earlier requests with the same claims led to: a request that is told twice has the first result for its answer."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from event_store.folding import Folding
from event_store.requests import ClaimReused, Receipt, Request
from event_store.units import Claim, Claimed


class FirstResults:
    """Finds them in the log."""

    def __init__(self, folding: Folding) -> None:
        self._folding = folding

    async def find(self, claims: Sequence[Claim], workspace: UUID) -> Receipt | None:
        """What an earlier request with such claims led to, or None; raises ClaimReused when it was a different request."""
        taken = await self._folding.claimed(workspace, claims)
        return await self._first_of(taken) if taken else None

    async def answer(self, request: Request) -> bool:
        """Answers a request that now is refused, or has nothing to do, by its first result; tells whether it had one."""
        try:
            first = await self.find(request.claims, request.origin.workspace)
        except Exception as error:  # noqa: BLE001 - the sender is told, whatever it is
            request.refuse(error)
            return True
        if first is not None:
            request.keep(first)
        return first is not None

    async def answer_with(self, request: Request, taken: Sequence[Claimed]) -> None:
        """Answers a request whose claims were found to be taken."""
        try:
            first = await self._first_of(taken)
        except Exception as error:  # noqa: BLE001 - the sender is told, whatever it is
            request.refuse(error)
        else:
            request.keep(first)

    async def _first_of(self, taken: Sequence[Claimed]) -> Receipt:
        for claimed in taken:
            if claimed.digest != claimed.claim.digest:
                raise ClaimReused(kind=claimed.claim.kind)
        first = taken[0]
        position = await self._folding.position_of(first.stream, first.last_version)
        return Receipt(first.stream, position, first.first_version, first.last_version, repeated=True)
