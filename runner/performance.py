"""One run as a runner performs it: how far it is, how long it may take, how its action ended."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

from domain.jobs.events import Resumption, TaskStarted
from domain.jobs.run import Instead
from domain.values import Value
from runner.actions.contract import Outcome
from runner.fairness import USUAL_WEIGHT
from runner.files import RunFiles
from runner.secrecy import RunSecrets
from runner.values import JobValues

READ_AGAIN_SECONDS_MIN = 0.1
READ_AGAIN_SECONDS_MAX = 2.0
"""How soon what cannot be read is read again, within the time limit of the run."""
TIME_LIMIT_DEFAULT_SECONDS = 600.0
"""How long an action may take when its task has no time limit of its own."""


class Stage(Enum):
    """How far a performance is."""

    QUEUED = "queued"
    ACTING = "acting"
    REPORTING = "reporting"
    OVER = "over"


class Stopped(Enum):
    """Why an action was cancelled."""

    TIME_LIMIT = "time limit"
    NOT_WANTED = "not wanted"  # Its job is ending, or the run ended in another way.
    GIVEN_UP = "given up"  # This runner stops, or gives its shard to another: the run is performed again there.


@dataclass(slots=True, eq=False)
class Performance:
    """One run as this runner performs it."""

    workspace: UUID
    job_id: UUID
    shard: int
    version: int  # of the event that started the run, or resumed it
    started: TaskStarted
    text: str
    started_at: datetime  # when the log says the run started
    resumed: Resumption | None = None  # the event that ended the wait of the run, when it waited
    parent_id: UUID | None = None  # the job whose run waits for the end of this one
    weight: int = USUAL_WEIGHT  # of its job's priority, where it waits for its turn
    effect_began: bool = False
    stage: Stage = Stage.QUEUED
    stopped: Stopped | None = None
    task: asyncio.Task[None] | None = None
    has_begun: bool = False  # whether `task` has made its first step
    timer: asyncio.TimerHandle | None = None
    until: float = math.inf  # in the loop's time, where no timer of its own ends it
    has_place: bool = False

    @property
    def attempt_id(self) -> str:
        """The idempotency key given to other systems, and what the run's lock is named after."""
        return f"{self.job_id}:{self.text}"

    @property
    def limit_seconds(self) -> float:
        """How long the action may take from now on."""
        due_at = self.started.due_at
        return TIME_LIMIT_DEFAULT_SECONDS if due_at is None else (due_at - datetime.now(UTC)).total_seconds()


class KeepAs(NamedTuple):
    """Under what the outcome of a run in a preview is kept."""

    workspace: UUID
    workflow_id: UUID  # the one that is previewed
    key: bytes


class NotToBePerformed(Exception):
    """A run is left as it is: its stream cannot be read here, its effect may not begin, or the session is lost."""


@dataclass(slots=True)
class Acted:
    """How an action ended, and what is needed to report it. Without values the run ended before they were read."""

    outcome: Outcome
    values: JobValues | None = None
    inputs: Mapping[str, Value] = field(default_factory=dict)  # as kept
    files: RunFiles | None = None
    secrets: RunSecrets | None = None  # what the action was given secretly, if anything
    broke: bool = False  # the action did not end by itself, so what it caused outside is not known
    came: Value = None  # what came to it beside its inputs, as kept: ended its wait, or stands instead
    instead: Instead | None = None  # in a preview: it was not performed
    keep_as: KeepAs | None = None  # in a preview: where others find its outcome
