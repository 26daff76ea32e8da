"""What a runner asks when it takes over shards, and what falls due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from projections.engine.rows import OpenJobRow, OpenRunRow
from projections.tables import query
from projections.views import Views

_POSITION = b"select position from views.progress"
_MOVING = query("select {j} from views.open_jobs j where j.moving and j.shard = any(%s)", j=OpenJobRow)
_DUE_JOBS = query(
    "select {j} from views.open_jobs j where j.due_at <= %s and j.shard = any(%s) order by j.due_at", j=OpenJobRow
)
_DUE = query(
    "select {r} from views.open_runs r where r.due_at <= %s and r.shard = any(%s) order by r.due_at", r=OpenRunRow
)


@dataclass(frozen=True, slots=True)
class OpenWork:
    """What shards hold, as of a position: the log from there tells the rest."""

    position: int
    jobs: Sequence[OpenJobRow]  # with something running, or ending; a job that only waits is not among them
    timers: Sequence[OpenRunRow]  # runs due until the time asked for, the first due first
    due_jobs: Sequence[OpenJobRow]  # jobs that time out until then


async def read_open_work(views: Views, shards: Sequence[int], due_until: datetime) -> OpenWork:
    """Open jobs, timers and the position they are true at, in one snapshot."""
    wanted = list(shards)
    async with views.snapshot() as connection:
        found = await (await connection.execute(_POSITION)).fetchone()
        jobs = await (await connection.execute(_MOVING, (wanted,))).fetchall()
        timers = await (await connection.execute(_DUE, (due_until, wanted))).fetchall()
        due_jobs = await (await connection.execute(_DUE_JOBS, (due_until, wanted))).fetchall()
    position = 0 if found is None else int(found[0])
    return OpenWork(
        position,
        [OpenJobRow(*row) for row in jobs],
        [OpenRunRow(*row) for row in timers],
        [OpenJobRow(*row) for row in due_jobs],
    )


async def list_due(views: Views, shards: Sequence[int], due_until: datetime) -> list[OpenRunRow]:
    """Runs of these shards due until then, overdue ones too, the first due first."""
    return await views.fetch(OpenRunRow, _DUE, (due_until, list(shards)))
