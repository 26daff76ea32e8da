"""The compiled graph of a version: what the job engine and the runner work from, stored by its content hash."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, TypeVar, cast
from uuid import UUID

from pydantic import BaseModel, Field, model_validator

from domain.events import Recorded, added
from domain.types import ListType, ValueType

Config = TypeVar("Config", bound=BaseModel)
Path = tuple[str, ...]
"""Steps into a value: the name of an output (or workflow input), then names of fields. `()` is all outputs together."""

OnError = Literal["fail_job", "error_route", "continue", "hold"]
OnItemError = Literal["fail_task", "leave_out", "hold"]
Repetition = Literal["repeatable", "once"]

DONE = "done"
ERROR = "error"
ITEMS_AT_ONCE_USUAL = 10
ITEMS_AT_ONCE_MAX = 500
"""So many items can be cancelled in one unit, each with what it waits for."""


RETRY_ATTEMPTS_MAX = 1_000
RETRY_DELAY_SECONDS_MAX = 366 * 24 * 60 * 60
RETRY_CODES_MAX = 100

Delay = Annotated[float, Field(strict=True, ge=0, le=RETRY_DELAY_SECONDS_MAX)]


class Given(Recorded):
    """A constant or default that is present, null included."""

    value: Any


class GraphInput(Recorded):
    """An input of a task, or an output of the workflow (which collects its value in the same way)."""

    name: str
    type: ValueType
    required: bool = True
    constant: Given | None = None
    default: Given | None = None
    gather: bool = False


class GraphOutput(Recorded):
    """An output of a task, or an input of the workflow."""

    name: str
    type: ValueType
    required: bool = True
    default: Given | None = None


class ForEach(Recorded):
    """A task that runs once for each item of the list that one of its inputs is given."""

    input: str
    at_once_max: int = ITEMS_AT_ONCE_USUAL
    on_item_error: OnItemError = "fail_task"


class Retry(Recorded):
    """How often, how soon and after which errors a failed task is tried again by itself."""

    attempts: Annotated[int, Field(strict=True, ge=1, le=RETRY_ATTEMPTS_MAX)]  # in all, the first included
    delay_seconds: Delay = 1.0  # before the second attempt
    backoff: Literal["fixed", "exponential"] = "exponential"  # whether each further delay is twice the one before
    delay_seconds_max: Delay = 3_600.0
    codes: Annotated[tuple[str, ...], Field(max_length=RETRY_CODES_MAX)] | None = None  # None: what the action calls so

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.delay_seconds > self.delay_seconds_max:
            raise ValueError("Expected delay_seconds to be at most delay_seconds_max, but it is longer.")
        return self


class Executes(Recorded):
    """The exact version of another workflow that a task runs, pinned when its own workflow was activated."""

    workflow_id: UUID
    workflow_version: int
    graph: str  # content hash of the compiled graph


class Asks(Recorded):
    """Whom a task asks, each of whose runs waits for a person, and what they are told."""

    members: tuple[UUID, ...] = ()
    roles: tuple[str, ...] = ()
    guidance: Any = None


class GraphTask(Recorded):
    """One task, with all that scheduling and performing need of it."""

    name: str
    label: str = ""
    kind: str
    config: dict[str, Any] = Field(default_factory=dict)
    inputs: tuple[GraphInput, ...] = ()
    outputs: tuple[GraphOutput, ...] = ()
    routes: tuple[str, ...] = ()  # the kind's own, beside `done` and `error`
    join: Literal["all", "any"] = "all"
    on_error: OnError = "fail_job"
    time_limit_seconds: float | None = None
    heavy: bool = False
    repetition: Repetition = "repeatable"
    reviews: str | None = None  # the task whose outputs this human review judges
    retry: Retry | None = added()  # of a for-each: of each item
    executes: Executes | None = added()
    for_each: ForEach | None = added()  # then `inputs` and `outputs` are those of one item
    # The task this one undoes when a job ends badly; it has no part in the way forward.
    compensates: str | None = added()
    takes: str | None = added()  # the name of the message it waits for, whose value is its output `message`
    by_workers: bool = added(default=False)  # each of its runs waits for a worker outside from its start on
    asks: Asks | None = added()  # each of its runs waits for a person from its start on

    def configured(self, model: type[Config]) -> Config:
        """Its configuration as its kind has it, read once for all its runs; raises pydantic's ValidationError where it cannot be."""
        found = self.configurations.get(model)
        if found is None:
            found = self.configurations[model] = model.model_validate(self.config)
        return cast("Config", found)

    @cached_property
    def configurations(self) -> dict[type[BaseModel], BaseModel]:
        """What was read of its configuration; do not change it."""
        return {}

    @cached_property
    def given(self) -> tuple[GraphOutput, ...]:
        """Its outputs as those who link them see them: of a for-each, the lists of what its items gave."""
        return self.outputs if self.for_each is None else tuple(listed(output) for output in self.outputs)

    @cached_property
    def taken(self) -> tuple[GraphInput, ...]:
        """Its inputs as edges feed them: to a for-each they bring a list."""
        if self.for_each is None:
            return self.inputs
        name = self.for_each.input
        return tuple(
            each.model_copy(update={"type": ListType(items=each.type)}) if each.name == name else each
            for each in self.inputs
        )


def listed(output: GraphOutput) -> GraphOutput:
    """An output of one item as the list of what all items gave; where one gave nothing, null stands in its place."""
    items = output.type if output.required else None
    return GraphOutput(name=output.name, type=ListType(items=items))


class GraphEdge(Recorded):
    """Carries a value and the order (`path`), or the order alone (`route`). No source task: the workflow's inputs; no target task: its outputs."""

    source: str | None
    path: Path | None = None
    route: str | None = None
    target: str | None
    input: str | None = None  # None: a route edge


class Graph(Recorded):
    """A whole version, compiled. Edges stand in edge order: of several that delivered to one input, the first wins."""

    rules: int = 1
    inputs: tuple[GraphOutput, ...] = ()
    outputs: tuple[GraphInput, ...] = ()
    tasks: tuple[GraphTask, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    heavy_at_once_max: int = 3
    time_limit_seconds: float | None = added()  # of a job

    @cached_property
    def named(self) -> Mapping[str, GraphTask]:
        """The tasks by name."""
        return {task.name: task for task in self.tasks}

    @cached_property
    def names_by_kind(self) -> Mapping[str, tuple[str, ...]]:
        """The names of the tasks of each kind."""
        found: dict[str, list[str]] = {}
        for task in self.tasks:
            found.setdefault(task.kind, []).append(task.name)
        return {kind: tuple(names) for kind, names in found.items()}

    @cached_property
    def linked_paths(self) -> Mapping[str | None, tuple[Path, ...]]:
        """The paths that edges link in the outputs of each task (None: in the inputs), each once, in edge order."""
        found: dict[str | None, dict[Path, None]] = {}
        for edge in self.edges:
            if edge.path is not None:
                found.setdefault(edge.source, {})[edge.path] = None
        return {task: tuple(paths) for task, paths in found.items()}

    @cached_property
    def counted_paths(self) -> Mapping[str | None, tuple[Path, ...]]:
        """The paths in the outputs of each task (None: in the inputs) that bring a list for a for-each to run over."""
        gathered = {(task.name, each.name) for task in self.tasks for each in task.inputs if each.gather}
        over = {(task.name, task.for_each.input) for task in self.tasks if task.for_each is not None} - gathered
        found: dict[str | None, dict[Path, None]] = {}
        for edge in self.edges if over else ():
            if edge.path is not None and (edge.target, edge.input) in over:
                found.setdefault(edge.source, {})[edge.path] = None
        return {task: tuple(paths) for task, paths in found.items()}
