"""What workers do at the table of runs that wait for them: the statements of the API, each over many rows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg.rows import TupleRow

from event_store.arrays import Array, column
from event_store.reader import Reader
from event_store.units import Origin
from graphql_api.external.desk import Lease, Looked, Reported, Taken, Wanted

_TAKE: Final = (
    "with free as (select number from external_tasks where workspace_id = %b and queue = %b and status = 0"
    " and not exists (select from external_tasks m where m.token = %b and m.status = 1)"
    " order by priority desc, number limit %b for update skip locked)"
    " update external_tasks t set status = 1, worker = %b, token = %b, taken_by = %b, taken_at = clock_timestamp(),"
    " leased_until = clock_timestamp() + make_interval(secs => t.lease_seconds) from free where t.number = free.number"
    " returning t.number, t.token, t.job_id, t.run, t.task, t.once, t.lease_seconds, t.leased_until, t.due_at, t.losses, t.priority,"
    " t.content"
)
_TAKEN_BY: Final = (
    "select t.number, t.token, t.job_id, t.run, t.task, t.once, t.lease_seconds, t.leased_until, t.due_at, t.losses, t.priority,"
    " t.content from external_tasks t where t.token = %b and t.workspace_id = %b and t.status = 1"
)
# Of a table that is empty now and full in a moment the planner knows nothing, so that rows are only ever found by their numbers: the status is written as
# no index has it, and what is said of a run stands at the place of its number. Joined to what is said as rows, each run would be compared with each.
_KEEP: Final = (
    "update external_tasks t set leased_until = clock_timestamp() + make_interval(secs => t.lease_seconds),"
    " progress = coalesce((%b::text[])[array_position(%b::bigint[], t.number)]::jsonb, t.progress)"
    " where t.number = any(%b::bigint[]) and t.token = (%b::uuid[])[array_position(%b::bigint[], t.number)] and t.status + 0 = 1"
    " and t.workspace_id = %b returning t.number, t.token, t.leased_until"
)
_LOOK: Final = (
    "select t.number, t.token, t.status = 2, t.graph, t.task, t.job_id, t.run from external_tasks t"
    " where t.number = any(%b::bigint[]) and t.token = any(%b::uuid[]) and t.status + 0 in (1, 2) and t.workspace_id = %b"
)
_TELL: Final = (
    "with told as (update external_tasks t set status = 2, report = (%b::bytea[])[array_position(%b::bigint[], t.number)],"
    " held = t.held || string_to_array((%b::text[])[array_position(%b::bigint[], t.number)], ','),"
    " reported_by = %b, request_id = %b, command_id = %b"
    " where t.number = any(%b::bigint[]) and t.token = (%b::uuid[])[array_position(%b::bigint[], t.number)] and t.status + 0 = 1"
    " returning t.number, t.shard)"
    " select array_agg(number), pg_notify('external_told', string_agg(number || ':' || shard, ',')) from told having count(*) > 0"
)
_FREE_QUEUES: Final = (
    "select q.workspace_id, q.queue from unnest(%b::uuid[], %b::text[]) q (workspace_id, queue) where exists"
    " (select from external_tasks t where t.workspace_id = q.workspace_id and t.queue = q.queue and t.status = 0)"
)
_THERE: Final = "select number from external_tasks where number = any(%b::bigint[])"
_HELD: Final = (
    "select count(*) from external_tasks where workspace_id = %b and queue = %b and worker = %b and status = 1"
)


class Leases:
    """Who holds which run, until when, and what was reported."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    async def take(self, wanted: Wanted, token: UUID) -> list[Taken]:
        """Leases free runs of a queue to a worker: the most urgent first, of these the longest waiting; none while some are held by this token."""
        asked = (wanted.workspace, wanted.queue, token, wanted.most, wanted.worker, token, wanted.actor)
        rows = await self._reader.rows(_TAKE, asked)
        return _in_order(rows)

    async def taken_by(self, workspace: UUID, token: UUID) -> list[Taken]:
        """The runs that are held by this token."""
        return _in_order(await self._reader.rows(_TAKEN_BY, (token, workspace)))

    async def keep(
        self, workspace: UUID, leases: Sequence[Lease], progress: Sequence[str | None]
    ) -> dict[Lease, datetime]:
        """Renews leases; gives those that hold, each with the moment until which it does."""
        kept: dict[Lease, datetime] = {}
        asked = dict(zip(leases, progress, strict=True))
        while asked:
            once = {lease[0]: lease for lease in reversed(asked)}  # Of several leases of a run one at most holds.
            numbers, tokens = _columns(list(once.values()))
            said = column("text", [asked.pop(lease) for lease in once.values()])
            rows = await self._reader.rows(_KEEP, (said, numbers, numbers, tokens, numbers, workspace))
            kept |= {(number, token): until for number, token, until in rows}
        return kept

    async def look(self, workspace: UUID, leases: Sequence[Lease]) -> dict[Lease, Looked]:
        """The runs of leases that hold, or whose workers have reported."""
        numbers, tokens = _columns(leases)
        rows = await self._reader.rows(_LOOK, (numbers, tokens, workspace))
        # The statement does not know which number and token were given together.
        found = {(looked.number, looked.token): looked for looked in (Looked(*row) for row in rows)}
        return {lease: found[lease] for lease in leases if lease in found}

    async def tell(self, leases: Sequence[Lease], reports: Sequence[Reported], origin: Origin) -> set[int]:
        """Keeps reports of runs, of one lease each, for the runners that record them; gives those whose leases held."""
        numbers, tokens = _columns(leases)
        contents = column("bytea", [each.content for each in reports])
        held = column("text", [",".join(each.held) for each in reports])
        by = (origin.actor, origin.request_id, origin.command_id)
        rows = await self._reader.rows(_TELL, (contents, numbers, held, numbers, *by, numbers, tokens, numbers))
        return set(rows[0][0]) if rows else set()

    async def free_of(self, queues: Collection[tuple[UUID, str]]) -> list[tuple[UUID, str]]:
        """Those of these queues in which runs are free."""
        workspaces, names = zip(*queues, strict=True)
        rows = await self._reader.rows(_FREE_QUEUES, (list(workspaces), list(names)))
        return [(workspace, queue) for workspace, queue in rows]

    async def there(self, numbers: Collection[int]) -> set[int]:
        """Those of these runs whose reports are still to be recorded."""
        return {number for (number,) in await self._reader.rows(_THERE, (column("int8", list(numbers)),))}

    async def held(self, workspace: UUID, queue: str, worker: str) -> int:
        """How many runs of a queue a worker holds."""
        return int((await self._reader.rows(_HELD, (workspace, queue, worker)))[0][0])


def _columns(leases: Sequence[Lease]) -> tuple[Array, Array]:
    return column("int8", [number for number, _ in leases]), column("uuid", [token for _, token in leases])


def _in_order(rows: Sequence[TupleRow]) -> list[Taken]:
    return sorted((Taken(*row) for row in rows), key=lambda taken: (-taken.priority, taken.number))
