"""Which run of a task an event speaks of, and where a run's input values come from."""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from domain.events import Recorded, added
from domain.graph import Path
from domain.money import Cost


class Run(Recorded):
    """One performance of a task: which item of a for-each, which round (send-back, repeat), which attempt."""

    task: str
    item: int | None = None
    round: int = 1
    attempt: int = 1

    @property
    def text(self) -> str:
        """`task[item]#round.attempt`; with the job id it is the attempt id."""
        item = "" if self.item is None else f"[{self.item}]"
        return f"{self.task}{item}#{self.round}.{self.attempt}"

    def __hash__(self) -> int:
        """What a frozen model would have in twice the time: what is known of a job is kept by its runs."""
        return hash((self.task, self.item, self.round, self.attempt))


class Source(Recorded):
    """Where a value is: an output of a run (or, without a run, an input of the job), and the fields inside it.

    An output of a for-each is the list of what its items gave, in their order; those that failed are left out.
    The path `("error", …)` of a run that failed speaks of the `error` of the event that says so.
    """

    run: Run | None = None
    path: Path
    item: int | None = added()  # of the list there, which a for-each runs over


class Binding(Recorded):
    """What an input of a run was given: one source, many (a gather), or the constant, the default or nothing."""

    source: Source | None = None
    gathered: tuple[Source, ...] | None = None
    given: Literal["constant", "default", "nothing"] | None = None
    item: int | None = added()  # of the constant or default list, which a for-each runs over


class Parent(Recorded):
    """The run of another job that started this one and waits for its end."""

    job_id: UUID
    run: Run
    depth: int  # how many jobs stand above this one
    paused: bool = added(False)  # when it started this one, which began paused therefore


class ItemCount(Recorded):
    """The number of items of a list that a for-each runs over."""

    path: Path
    items: int


class Facts(Recorded):
    """What scheduling needs to know of values it never sees."""

    absent: tuple[Path, ...] = ()
    counts: tuple[ItemCount, ...] = ()
    route: str | None = None


class ForkOf(Recorded):
    """What a fork runs again: a job as it stood after a version, from this task (or one item of it) on."""

    job_id: UUID
    version: int
    task: str
    item: int | None = None
    reason: Any


class Preview(Recorded):
    """The draft that a preview tries, as it stood after this version of its stream, and how much of it is performed.

    `until`: up to this task; `alone`: this task and no other. `pinned`: task → the outputs that stand for it.
    """

    draft_version: int
    until: str | None = None
    alone: str | None = None
    fresh: bool = False  # nothing kept from earlier previews is used
    effects: bool = False  # tasks that change something outside are performed, not only shown
    pinned: dict[str, dict[str, Any]] = Field(default_factory=dict)


class Instead(Recorded):
    """What stands in a preview for a run that was not performed: what an earlier run gave, what was pinned, or a sample.

    `of` is the event that says the earlier outcome, as `stream:version`.
    """

    by: Literal["kept", "pinned", "sample"]
    of: str | None = None


class Usage(Recorded):
    """What a run used up of something that is counted or paid for: the requests it made of a model, and their tokens."""

    provider: str
    model: str
    requests: int
    input_tokens: int
    output_tokens: int
    cost: Cost | None = None  # None: not known


class Failure(Recorded):
    """Why a run or a job failed: a stable code and a sentence; `details` as JSON where the kind has them."""

    code: str
    message: Any
    details: Any = None
