"""The state of a job: one mutable object per fold, with a count of what each task still misses instead of any rescan."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from domain.graph import Graph
from domain.jobs.calling_back import CallbackTo
from domain.jobs.index import NONE, GraphIndex, index_of
from domain.jobs.items import Items
from domain.jobs.run import Failure, Parent, Run
from domain.jobs.task_status import TaskStatus

__all__ = ["BY_ROUTE", "DEAD", "DELIVERED", "UNSETTLED", "Ending", "Job", "JobStatus", "Round", "TaskStatus", "Wait"]


class JobStatus(StrEnum):
    """How a job stands. WAITING only while nothing in it can move without the outside; the last four are final."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    WAITING = "WAITING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"
    TIMED_OUT = "TIMED_OUT"


UNSETTLED, DELIVERED, DEAD = 0, 1, 2
"""How an edge stands."""
BY_ROUTE = -1
"""In place of a slot: what dooms a task is not an input, but its routes."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job that is ending badly will have ended, and why."""

    outcome: Literal["failed", "cancelled", "timed_out"]
    error: Failure | None
    failed_run: Run | None
    reason: Any
    since: int  # the version of the event that says so


@dataclass(frozen=True, slots=True)
class Pause:
    """Since which version a job is paused, and why."""

    since: int
    reason: Any
    by_parent: bool = False


@dataclass(frozen=True, slots=True)
class Round:
    """The last round of a run that has ended, and what it gave."""

    run: Run
    outputs: tuple[str, ...]


@dataclass(slots=True)
class Wait:
    """What a run waits for, and until when."""

    waits_for: str
    review_id: UUID | None
    message: str | None = None  # the name of the message
    at_due: Literal["succeed"] | None = None
    child_id: UUID | None = None
    is_child_paused: bool = False  # with this job, as far as this job has told it


class Job:
    """One job as its events left it; changed only by `evolve`."""

    __slots__ = (
        "active",
        "callbacks",
        "compensating",
        "compensations",
        "counts",
        "deadline",
        "doomed",
        "doomed_by",
        "due",
        "edges",
        "effects",
        "ended",
        "ending",
        "errors",
        "fatal",
        "heavy_running",
        "id",
        "index",
        "inputs_open",
        "items",
        "items_over",
        "losses",
        "messages",
        "mode",
        "on_behalf_of",
        "orders_dead",
        "orders_delivered",
        "parent",
        "paused",
        "ready",
        "ready_heavy",
        "resumed",
        "retries",
        "retries_heavy",
        "reused",
        "rounds",
        "running_count",
        "runs",
        "since",
        "slots_open",
        "started",
        "statuses",
        "takers",
        "version",
        "waits",
        "where",
    )

    def __init__(self, graph: Graph | None) -> None:
        index: GraphIndex = index_of(graph)
        tasks = len(index.tasks)
        self.index = index
        self.version = 0
        self.id: UUID | None = None  # as the last command named it: no event does
        self.on_behalf_of: str | None = None  # who started it, or for whom it was started
        self.parent: Parent | None = None  # of a job that another one started
        self.callbacks: tuple[CallbackTo, ...] = ()  # whom its end is told
        self.deadline: datetime | None = None  # when the job times out
        self.paused: Pause | None = None
        self.mode: Literal["job", "preview"] = "job"
        self.ending: Ending | None = None
        self.compensating = False  # whether a compensation has started: then all that ran before has ended
        self.ended: JobStatus | None = None
        # By task number.
        self.statuses: list[TaskStatus] = [TaskStatus.PENDING] * tasks
        self.runs: list[Run | None] = [None] * tasks  # the last run
        self.since: list[int] = [0] * tasks  # the version of the event that gave the task its status
        self.inputs_open = index.inputs_open.copy()  # inputs with an edge that is not settled
        self.orders_delivered = [0] * tasks
        self.orders_dead = [0] * tasks
        # By slot and by edge.
        self.slots_open = index.slots_open.copy()  # edges that are not settled
        self.edges = bytearray(len(index.edge_targets))
        # Of a fork: those whose outcome, or that of one of whose items, is that of the first job.
        self.reused: set[int] = set()
        # What few runs have, by lane.
        self.due: dict[int, datetime] = {}
        self.waits: dict[int, Wait] = {}
        self.errors: dict[int, Failure] = {}
        self.fatal: dict[int, Failure] = {}  # what fails the job, from its record until the job is ending
        self.losses: dict[int, int] = {}
        self.effects: set[int] = set()
        self.rounds: dict[int, Round] = {}
        self.started: dict[int, int] = {}  # the version of the event that started the run, while it runs or waits
        self.resumed: dict[int, int] = {}  # the version of the event that ended the wait of a run that now goes on
        # By the name of a message, each in the order in which they came.
        self.messages: dict[str, dict[str, int]] = {}  # those that no run has taken: id → version of the event
        self.takers: dict[str, dict[int, None]] = {}  # the lanes that wait for one
        # In the order in which they came. No deques: an empty one takes ten times an empty list.
        # Lanes: running, waiting, held or to be tried again, and a for-each until its items have ended.
        self.active: dict[int, None] = {}
        # Of a job that is ending badly: the compensations still to run, in the order in which they do.
        self.compensations: list[int] = []
        self.ready: list[int] = []
        self.ready_heavy: list[int] = []
        self.doomed: list[int] = []  # to be skipped
        self.doomed_by: dict[int, int] = {}  # because of this slot, or BY_ROUTE
        # What is to be tried again, the first due first: heaps of (when, lane). An entry that is not `due` counts for nothing.
        self.retries: list[tuple[datetime, int]] = []
        self.retries_heavy: list[tuple[datetime, int]] = []
        self.running_count = 0
        self.heavy_running = 0
        # Of each for-each, by task number.
        self.items: dict[int, Items] = {}
        self.items_over: list[int] = []  # all of whose items have ended
        self.counts: dict[int, int] = {}  # the number of items an edge brings to a for-each
        # The version of the event that last said how a run ended: there its outputs stand, or its error. Items keep theirs.
        self.where: dict[Run, int] = {}

    @property
    def status(self) -> JobStatus:
        """How the job stands; one that is ending is still in progress, unless what undoes it waits for the outside."""
        if self.ended is not None:
            return self.ended
        if not self.version:
            return JobStatus.PENDING
        if self.running_count or (self.ending is not None and not self.compensating):
            return JobStatus.IN_PROGRESS
        return JobStatus.WAITING

    @property
    def is_ending(self) -> bool:
        """Whether the job is ending badly: its last runs are still to be cancelled (`ContinueEnding` is due), or it is undone."""
        return self.ending is not None and self.ended is None

    @property
    def depth(self) -> int:
        """How many jobs stand above this one."""
        return 0 if self.parent is None else self.parent.depth

    def children(self, *, paused: bool) -> Iterator[UUID]:
        """The jobs that its runs wait for, those that were paused with this one or those that were not."""
        return (each.child_id for each in self.waits.values() if each.child_id and each.is_child_paused is paused)

    @property
    def has_children_to_tell(self) -> bool:
        """Whether jobs below are still to be paused, or to go on, as this one was (`PassPauseOn` is due)."""
        goes_on = self.ended is None and self.ending is None
        return goes_on and next(self.children(paused=self.paused is None), None) is not None

    def running(self) -> list[Run]:
        """The runs that a runner has to perform, in the order in which they started; of a job that is ending those that undo it."""
        return [] if self.ending is not None and not self.compensating else self._runs(TaskStatus.RUNNING)

    def waiting(self) -> list[Run]:
        """The runs that wait for the outside: a person, a time, a message, a child, a worker."""
        return [self.last_run(lane) for lane in self.active if lane in self.waits]

    def with_workers(self) -> list[Run]:
        """The runs that wait for a worker outside, or for what one reports."""
        return [self.last_run(lane) for lane in self.active if self.is_with_worker(lane)]

    def held(self) -> list[Run]:
        """The runs that wait for an operator, those of unknown outcome included."""
        return self._runs(TaskStatus.HELD) + self._runs(TaskStatus.OUTCOME_UNKNOWN)

    def is_held(self, lane: int) -> bool:
        """Whether the last run of a lane waits for an operator; one of unknown outcome may have taken the error route instead."""
        return lane in self.errors and self.lane_status(lane) is not TaskStatus.RETRYING

    def is_over(self, lane: int) -> bool:
        """Whether nothing is decided of a lane any more: the job has ended, or it is ending and this is no compensation."""
        if self.ended is not None:
            return True
        return self.ending is not None and self.index.compensated[self.index.task_of(lane)] == NONE

    def retrying(self) -> list[Run]:
        """The runs that failed and are tried again when they are due."""
        return [self.last_run(lane) for lane in self.active if self.is_to_be_retried(lane)]

    def is_to_be_retried(self, lane: int) -> bool:
        """Whether the last run of a lane failed and is tried again when it is due."""
        return lane in self.due and self.lane_status(lane) is TaskStatus.RETRYING

    def _runs(self, status: TaskStatus) -> list[Run]:
        return [self.last_run(lane) for lane in self.active if self.lane_status(lane) is status]

    def last_run(self, lane: int) -> Run:
        """The last run of a lane in which one has started."""
        if lane >= len(self.runs):
            task, item = self.index.item_of(lane)
            return self.items[task].last_run(self.index.names[task], item)
        run = self.runs[lane]
        if run is None:
            raise LookupError(self.index.names[self.index.task_of(lane)])
        return run

    def lane_status(self, lane: int) -> TaskStatus:
        """How the last run of a lane stands; a for-each whose items have not all ended is WAITING here."""
        if lane < len(self.statuses):
            return self.statuses[lane]
        task, item = self.index.item_of(lane)
        return self.items[task].status(item)

    def task_status(self, name: str) -> TaskStatus:
        """How a task stands, a for-each as a whole; one that never started, and never will as its job has ended, is cancelled."""
        task = self.index.numbers[name]
        status = self.statuses[task]
        over = self.ended is not None and status in (TaskStatus.PENDING, TaskStatus.RETRYING)
        if status is TaskStatus.WAITING and task in self.items:
            return TaskStatus.RUNNING
        return TaskStatus.CANCELLED if over else status

    def task_run(self, name: str) -> Run | None:
        """The last run of a task, of a for-each as a whole; None when it never started."""
        return self.runs[self.index.numbers[name]]

    def outcome(self, run: Run) -> int | None:
        """The version of the event that last said how a run ended; of the runs of an item only the last is known."""
        if run.item is None or run in self.where:
            return self.where.get(run)
        items = self.items.get(self.index.numbers[run.task])
        if items is None or not items.has_begun(run.item) or items.last_run(run.task, run.item) != run:
            return None
        return items.where[run.item] or None

    def collected(self, task: str) -> Iterator[tuple[int, int]]:
        """The items of a for-each that succeeded, in their order, each with the version of the event that says so."""
        items = self.items.get(self.index.numbers[task])
        return iter(()) if items is None else items.outcomes()

    def due_at(self, run: Run) -> datetime | None:
        """When the time limit of a run, or of what it waits for, ends, or when it is tried again; None for any other."""
        lane = self.index.lane(run)
        return self.due.get(lane) if lane in self.due and self.last_run(lane) == run else None

    def start_version(self, run: Run) -> int | None:
        """The version of the event that started a run, while it runs or waits; None for any other."""
        lane = self.index.lane(run)
        return self.started.get(lane) if lane in self.started and self.last_run(lane) == run else None

    def succeeds_when_due(self, run: Run) -> bool:
        """Whether a run waits for nothing but a time, and has done its work when that has come."""
        lane = self.index.lane(run)
        wait = self.waits.get(lane)
        return wait is not None and wait.at_due == "succeed" and self.last_run(lane) == run

    def is_with_worker(self, lane: int) -> bool:
        """Whether the last run of a lane is performed outside: it waits for a worker, or for what one reports."""
        wait = self.waits.get(lane)
        return wait is not None and wait.waits_for == "worker"

    def awaits_worker(self, run: Run) -> bool:
        """Whether a run is performed outside, and its outcome still counts."""
        lane = self.index.lane(run)
        return self.is_with_worker(lane) and not self.is_over(lane) and self.last_run(lane) == run

    def resumed_at(self, run: Run) -> int | None:
        """The version of the event with which a run that waited went on; None for one that did not wait."""
        return self.resumed.get(self.index.lane(run))

    def effect_began(self, run: Run) -> bool:
        """Whether the effect outside of a run that is running has begun."""
        return self.index.lane(run) in self.effects
