"""Which runs wait for a slot of a limit over jobs, as the runners say: a table of theirs, not a read model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from projections.views import Views

HEARD_SECONDS_MAX = 15.0
"""What a runner that was not heard of for so long said of its runs counts no more: it waits for nothing, and performs nothing."""


@dataclass(frozen=True, slots=True)
class SlotWait:
    """A run that was started and waits for a slot."""

    run: str
    limit_key: str  # as OPUS_LIMITS has it, for the one kind, credential or workspace
    since: datetime


_OF_JOB: Final = (
    b"select w.run, w.limit_key, w.since from slot_waits w join live_runners l using (session)"
    b" where w.job_id = %s and w.workspace_id = %s and l.seen_at > clock_timestamp() - make_interval(secs => %s)"
)


async def slot_waits_of(views: Views, workspace_id: UUID, job_id: UUID) -> dict[str, SlotWait]:
    """The runs of a job that wait for a slot, by their text."""
    rows = await views.fetch(SlotWait, _OF_JOB, (job_id, workspace_id, HEARD_SECONDS_MAX))
    return {row.run: row for row in rows}
