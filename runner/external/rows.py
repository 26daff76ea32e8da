"""The table of runs that wait for workers: its statements, each over many rows, and what they give."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, NamedTuple
from uuid import UUID

from event_store.arrays import column
from event_store.reader import Reader

FREE_CHANNEL: Final = "external_free"
"""Tells APIs that runs are free: the workspace, the queue, how many."""
TOLD_CHANNEL: Final = "external_told"
"""Tells runners what workers have reported: `number:shard` each, as many as one call reports."""
RECORDED_CHANNEL: Final = "external_recorded"
"""Tells APIs which reports stand in the log, and where: `number:position` each, 0 where the log took none."""
PAYLOAD_CHARACTERS_MAX = 7_500

_OFFER: Final = (
    "with freed as (insert into external_tasks (workspace_id, queue, priority, job_id, run, shard, parent_shard, graph, task, once,"
    " lease_seconds, due_at, content, held) select o.workspace_id, o.queue, o.priority, o.job_id, o.run, o.shard, o.parent_shard, o.graph, o.task,"
    " o.once, o.lease_seconds, o.due_at, o.content, string_to_array(o.held, ',') from unnest(%b::uuid[], %b::text[], %b::int8[], %b::uuid[], %b::text[], %b::int8[],"
    " %b::int8[], %b::text[], %b::text[], %b::bool[], %b::float8[], %b::timestamptz[], %b::bytea[], %b::text[]) o (workspace_id, queue, priority, job_id, run, shard, parent_shard, graph,"
    " task, once, lease_seconds, due_at, content, held)"
    " on conflict (job_id, run) do nothing returning workspace_id, queue)"
    " select pg_notify('external_free', workspace_id || ' ' || queue || ' ' || count(*)) from freed group by workspace_id, queue"
)
_WITHDRAW: Final = (
    "with gone as (delete from external_tasks t where t.job_id = any(%b::uuid[]) and t.job_id || ':' || t.run = any(%b::text[])"
    " returning 1) select count(*) from gone"
)
_FREE_AGAIN: Final = (
    "with freed as (update external_tasks set status = 0, losses = losses + 1, worker = null, token = null, taken_by = null,"
    " taken_at = null, leased_until = null, progress = null where number = any(%b::bigint[]) and status = 3"
    " returning workspace_id, queue)"
    " select pg_notify('external_free', workspace_id || ' ' || queue || ' ' || count(*)) from freed group by workspace_id, queue"
)
_RECORDED: Final = (
    "with gone as (delete from external_tasks where number = any(%b::bigint[]) returning 1)"
    " select pg_notify('external_recorded', said) from unnest(%b::text[]) said, (select count(*) from gone) counted"
)
_REPORTS: Final = (
    "select number, workspace_id, job_id, run, shard, parent_shard, content, worker, token, taken_at, report, reported_by, request_id, command_id"
    " from external_tasks where "
)
# By their numbers they are found at once; the index of all that is told holds what was told before until it is vacuumed.
_TOLD: Final = _REPORTS + "number = any(%b::bigint[]) and status = 2 order by number"
_ALL_TOLD: Final = (
    _REPORTS
    + "status in (2, 3) and status = 2 and shard = any(%b::int2[]) and number <> all(%b::bigint[]) order by number limit %b"
)
_LOSE: Final = (
    "with over as (select number from external_tasks where status = 1 and leased_until < clock_timestamp()"
    " and shard = any(%b::int2[]) limit %b for update skip locked), lost as (update external_tasks t set status = 3 from over"
    " where t.number = over.number returning 1) select count(*) from lost"
)
_LOST: Final = (
    "select number, workspace_id, job_id, run, shard, parent_shard, content, worker"
    " from external_tasks where status in (2, 3) and status = 3 and shard = any(%b::int2[]) and number <> all(%b::bigint[]) order by number limit %b"
)
_OF_JOBS: Final = "select job_id, run from external_tasks where job_id = any(%b::uuid[])"


@dataclass(frozen=True, slots=True)
class Offer:
    """A run that waits for a worker, as it is offered to them."""

    workspace: UUID
    queue: str
    priority: int
    job_id: UUID
    run: str
    shard: int
    parent_shard: int | None
    graph: str
    task: str
    once: bool
    lease_seconds: float
    due_at: datetime | None
    content: bytes
    held: str  # the hashes of the large values in it, with commas between


_OFFERED: Final = {
    "workspace": "uuid",
    "queue": "text",
    "priority": "int8",
    "job_id": "uuid",
    "run": "text",
    "shard": "int8",
    "parent_shard": "int8",
    "graph": "text",
    "task": "text",
    "once": "bool",
    "lease_seconds": "float8",
    "due_at": "timestamptz",
    "content": "bytea",
    "held": "text",
}
"""The columns of an offer, in the order of the statement, and how they are sent."""
_OFFERED_OF: Final = attrgetter(*_OFFERED)


class Told(NamedTuple):
    """What a worker has reported, and of which run."""

    number: int
    workspace: UUID
    job_id: UUID
    run: str
    shard: int
    parent_shard: int | None
    content: bytes
    worker: str
    token: UUID
    taken_at: datetime
    report: bytes
    reported_by: str
    request_id: str | None
    command_id: str | None


class Lost(NamedTuple):
    """A run whose worker was silent for too long."""

    number: int
    workspace: UUID
    job_id: UUID
    run: str
    shard: int
    parent_shard: int | None
    content: bytes
    worker: str


class Rows:
    """The statements of runners."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def offer(self, offers: Sequence[Offer]) -> None:
        """Offers runs; those that are offered already are left as they are."""
        columns = zip(*map(_OFFERED_OF, offers), strict=True)
        await self._reader.rows(_OFFER, [column(*each) for each in zip(_OFFERED.values(), columns, strict=True)])

    async def withdraw(self, runs: Collection[tuple[UUID, str]]) -> None:
        """Takes back what nobody awaits any more, whoever holds it."""
        jobs = list({job_id for job_id, _ in runs})
        await self._reader.rows(_WITHDRAW, (jobs, [f"{job_id}:{run}" for job_id, run in runs]))

    async def free_again(self, numbers: Collection[int]) -> None:
        """Lets others take runs whose workers were lost."""
        await self._reader.rows(_FREE_AGAIN, (list(numbers),))

    async def recorded(self, positions: Mapping[int, int]) -> None:
        """Removes runs whose reports were recorded, and tells the APIs where."""
        said = column("text", list(_payloads(positions)))
        await self._reader.rows(_RECORDED, (column("int8", list(positions)), said))

    async def told(self, numbers: Collection[int]) -> list[Told]:
        """Those of these runs whose workers have reported and that nobody has recorded, in the order of the offers."""
        return [Told(*row) for row in await self._reader.rows(_TOLD, (column("int8", list(numbers)),))]

    async def all_told(self, shards: Collection[int], but: Collection[int], limit: int) -> list[Told]:
        """What workers have reported and nobody has recorded, in the order of the offers."""
        return [Told(*row) for row in await self._reader.rows(_ALL_TOLD, (list(shards), list(but), limit))]

    async def lost(self, shards: Collection[int], but: Collection[int], limit: int) -> list[Lost]:
        """The runs whose workers were silent for too long; from then on these hold them no more."""
        await self._reader.rows(_LOSE, (list(shards), limit))
        return [Lost(*row) for row in await self._reader.rows(_LOST, (list(shards), list(but), limit))]

    async def of_jobs(self, job_ids: Collection[UUID]) -> list[tuple[UUID, str]]:
        """The runs of these jobs that are offered."""
        return [(job_id, run) for job_id, run in await self._reader.rows(_OF_JOBS, (list(job_ids),))]


def _payloads(positions: Mapping[int, int]) -> Iterable[str]:
    """All of them as few texts, each short enough for a notification."""
    said: list[str] = []
    characters = 0
    for number, position in positions.items():
        one = f"{number}:{position}"
        if characters + len(one) >= PAYLOAD_CHARACTERS_MAX:
            yield ",".join(said)
            said, characters = [], 0
        said.append(one)
        characters += len(one) + 1
    if said:
        yield ",".join(said)


def read_told(payload: str) -> list[tuple[int, int]]:
    """What a notification of reports says: the number and the shard of each."""
    pairs: Any = (one.partition(":") for one in payload.split(",") if one)
    return [(int(number), int(shard)) for number, _, shard in pairs]


def read_recorded(payload: str) -> dict[int, int]:
    """What a notification of recorded reports says: number → position."""
    pairs: Any = (one.partition(":") for one in payload.split(",") if one)
    return {int(number): int(position) for number, _, position in pairs}
