"""Limits over all jobs: how many runs of a kind, with a credential or of a workspace are performed at once, or begin in a time.

As written in OPUS_LIMITS: `kind:ai=10, kind:http=5/s, credential:bank=100/m, workspace:*=200`. With `*` each has a limit of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from domain.graph import GraphTask

MOST_MAX = 10_000
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3_600.0}
_WRITTEN = re.compile(r"(kind|credential|workspace):(\*|[A-Za-z0-9_-]{1,100})=([1-9][0-9]{0,4})(?:/([smh]))?", re.ASCII)
EACH = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """At most so many at once or, with `per_seconds`, so many that begin in that time, evenly spread over it."""

    scope: str  # kind, credential, workspace
    name: str
    most: int
    per_seconds: float | None = None

    @property
    def is_rate(self) -> bool:
        """Whether it limits how many begin in a time."""
        return self.per_seconds is not None

    def key(self, name: str) -> str:
        """The limit as it applies to one kind, credential or workspace; what others are told they wait for."""
        unit = next((f"/{unit}" for unit, seconds in _SECONDS.items() if seconds == self.per_seconds), "")
        return f"{self.scope}:{name}={self.most}{unit}"


def parse_limits(written: str) -> tuple[Limit, ...]:
    """The limits of a text; raises ValueError where it cannot be read."""
    found: list[Limit] = []
    for part in filter(None, (part.strip() for part in written.split(","))):
        match = _WRITTEN.fullmatch(part)
        if match is None or int(match[3]) > MOST_MAX:
            raise ValueError(f"Expected a limit like kind:ai=10 or workspace:*=100/m, but got {part}.")
        found.append(Limit(match[1], match[2], int(match[3]), None if match[4] is None else _SECONDS[match[4]]))
    return tuple(found)


def applying(limits: tuple[Limit, ...], task: GraphTask, workspace: UUID) -> list[tuple[str, Limit]]:
    """The limits a run comes under, those on how many at once first; everyone takes them in this order, so nobody waits in a ring."""
    names = {"kind": [task.kind], "credential": _credentials(task), "workspace": [str(workspace)]}
    found = [(limit.key(name), limit) for limit in limits for name in names[limit.scope] if limit.name in (EACH, name)]
    return sorted(found, key=lambda one: (one[1].is_rate, one[0]))


def _credentials(task: GraphTask) -> list[str]:
    from runner.credentials import named_by  # noqa: PLC0415 - settings are read by who needs no kinds

    return list(dict.fromkeys(named.name for named in named_by(task)))
