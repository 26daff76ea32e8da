"""What the API is given for workers: runs to take, leases to keep, reports to hand on; made where processes are composed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol
from uuid import UUID

from event_store.units import Origin

Lease = tuple[int, UUID]
"""The number of a run that waits for workers, and the token of who holds it."""


class Wanted(NamedTuple):
    """Which runs a worker wants."""

    workspace: UUID
    queue: str
    most: int
    worker: str  # as it calls itself
    actor: str  # who it acts as
    token: UUID | None = None  # of a command that may be repeated: what it took before and still holds is the answer


class Taken(NamedTuple):
    """A run as a worker is given it."""

    number: int
    token: UUID
    job_id: UUID
    run: str
    task: str
    once: bool
    lease_seconds: float
    leased_until: datetime
    due_at: datetime | None
    losses: int
    priority: int
    content: bytes


class Looked(NamedTuple):
    """A run whose lease was found: what it is a run of, and whether its worker has reported already."""

    number: int
    token: UUID
    is_told: bool
    graph: str
    task: str
    job_id: UUID
    run: str


class Reported(NamedTuple):
    """A report as it is kept for the runner, and the hashes of the large values in it."""

    content: bytes
    held: tuple[str, ...] = ()


class ExternalTasks(Protocol):
    """The runs that workers outside perform."""

    async def take(
        self, wanted: Wanted, wait_seconds: float, is_gone: Callable[[], Awaitable[bool]]
    ) -> Sequence[Taken]:
        """Runs of a queue, leased to a worker: at once, or as soon as there are some within the time."""
        ...

    async def keep(
        self, workspace: UUID, leases: Sequence[Lease], progress: Sequence[str | None]
    ) -> Mapping[Lease, datetime]:
        """Renews leases; gives those that hold, each with the moment until which it does."""
        ...

    async def look(self, workspace: UUID, leases: Sequence[Lease]) -> Mapping[Lease, Looked]:
        """The runs of leases that hold, or whose workers have reported."""
        ...

    async def tell(
        self, leases: Sequence[Lease], reports: Sequence[Reported], origin: Origin
    ) -> Mapping[int, int | None]:
        """Keeps reports until they are recorded: number → position, 0 where the log took none, None where that is not known yet."""
        ...

    async def until_recorded(self, numbers: Collection[int]) -> Mapping[int, int | None]:
        """Waits for the records of reports that were kept before."""
        ...

    async def held(self, workspace: UUID, queue: str, worker: str) -> int:
        """How many runs of a queue a worker holds."""
        ...

    async def until_fewer(self, seconds: float) -> None:
        """Waits until a report was recorded, whosever, or the time is over."""
        ...

    @property
    def is_stopped(self) -> bool:
        """Whether this process ends."""
        ...

    def end_waits(self) -> None:
        """Has every long poll answered with what there is."""
        ...
