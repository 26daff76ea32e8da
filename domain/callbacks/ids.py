"""The ids of callbacks: those of a job lie in its shard, so that whoever ends the job makes its calls."""

from __future__ import annotations

from itertools import count
from uuid import UUID

from domain.ids import derive
from domain.jobs.shard import find_shard


def callback_id(job_id: UUID, place: int) -> UUID:
    """The id of a job's callback by its place among them: the first of those derived that falls into the job's shard."""
    wanted = find_shard(job_id)
    for ordinal in count():
        derived = derive(job_id, "callback", str(place), ordinal)
        if find_shard(derived) == wanted:
            return derived
    raise AssertionError("one in 64 is found")
