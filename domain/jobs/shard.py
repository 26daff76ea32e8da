"""Which of the 64 shards a job belongs to: a runner that holds the shard performs the job."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from uuid import UUID

SHARDS = 64
KEPT_MAX = 4_096


def find_shard(stream: UUID) -> int:
    """The shard of a stream, computed anew."""
    # The first 8 bytes as a number, of which only the last counts here.
    return sha256(stream.bytes).digest()[7] % SHARDS


def shard(job_id: UUID) -> int:
    """The shard of a job, 0 to 63, spread evenly and fixed for ever."""
    return _shard(job_id.int)


@lru_cache(KEPT_MAX)  # Asked several times for each commit. Python takes long to hash a UUID, so by its number.
def _shard(number: int) -> int:
    return find_shard(UUID(int=number))
