"""What a builder draws: tasks, edges and variables. A draft holds one that changes, a version one that is locked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Annotated, Any, Literal, Self

from pydantic import Field, StrictBool, TypeAdapter, model_validator

from domain.events import Recorded, added
from domain.graph import ITEMS_AT_ONCE_MAX, ITEMS_AT_ONCE_USUAL, Given, OnError, OnItemError, Retry
from domain.money import Cost
from domain.values import RECORD_LEVELS_MAX, encode_canonical
from domain.variables import Name, Variable

HEAVY_AT_ONCE_USUAL = 3
TIME_LIMIT_SECONDS_MAX = 366 * 24 * 60 * 60

Seconds = Annotated[float, Field(strict=True, gt=0, le=TIME_LIMIT_SECONDS_MAX)]
Length = Annotated[float, Field(strict=True, gt=0)]


class Edge(Recorded):
    """From an output (or a field in it) or a route, to an input; no source task: the workflow's inputs; no target: its outputs."""

    source: Name | None = None
    path: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    route: str | None = None
    target: Name | None = None
    input: Name | None = None

    @model_validator(mode="after")
    def _either(self) -> Self:
        if (self.path is None) == (self.route is None):
            raise ValueError("Expected an edge that starts at either an output or a route, but got both or neither.")
        if self.path is not None and self.input is None:
            raise ValueError("Expected an edge from an output to name the input it feeds, but it names none.")
        if self.route is not None and (self.source is None or self.target is None or self.input is not None):
            raise ValueError("Expected an edge from a route to lead from one task to another, but it does not.")
        return self

    @property
    def origin(self) -> str:
        """Where it starts, as text: `extract.invoice.total`, `sure.true`, `inputs.limit`."""
        return ".".join((self.source or "inputs", *(self.path or ()), *((self.route,) if self.route else ())))

    @property
    def end(self) -> str:
        """Where it leads, as text: `sure.total`, `approve`, `outputs.file`."""
        return ".".join((self.target or "outputs", *((self.input,) if self.input else ())))

    @property
    def text(self) -> str:
        """Both ends: `find.total → sure.total`."""
        return f"{self.origin} → {self.end}"


class ForEach(Recorded):
    """That a task runs once for each item of the list that one of its inputs is given."""

    input: Name
    at_once_max: Annotated[int, Field(strict=True, ge=1, le=ITEMS_AT_ONCE_MAX)] = ITEMS_AT_ONCE_USUAL
    on_item_error: OnItemError = "fail_task"


class Expects(Recorded):
    """How long a run of a task is expected to take and what it is expected to cost, where no recorded runs tell."""

    seconds: Annotated[float, Field(strict=True, ge=0, le=TIME_LIMIT_SECONDS_MAX)] | None = None
    cost: Cost | None = None


class Policy(Recorded):
    """When a task starts, whether once or for each item of a list, how long an attempt may take, and what follows when it fails: other attempts, then what `on_error` says."""

    join: Literal["all", "any"] = "all"
    on_error: OnError = "fail_job"
    time_limit_seconds: Seconds | None = None
    heavy: StrictBool | None = None  # None: as its kind
    retry: Retry | None = added()
    compensates: Name | None = added()  # the task this one undoes when a job ends badly
    for_each: ForEach | None = added()
    expects: Expects | None = added()  # for estimates; changes nothing of how it runs


class Place(Recorded):
    """Where a task or a note is drawn."""

    x: Annotated[float, Field(strict=True)]
    y: Annotated[float, Field(strict=True)]


class InputSetting(Recorded):
    """What an input of a task holds beside its edges: a constant, or that it gathers all of them."""

    constant: Given | None = None
    gather: StrictBool = False


class Pinned(Recorded):
    """Outputs that stand for those of a task in previews, and the event they were taken from, if any, as `stream:version`."""

    outputs: dict[str, Any]
    of: str | None = None


class Task(Recorded):
    """One step of a design."""

    name: Name
    kind: str
    label: Any = None
    description: Any = None
    config: dict[str, Any] = Field(default_factory=dict)
    settings: dict[Name, InputSetting] = Field(default_factory=dict)
    policy: Policy = Policy()
    place: Place | None = None
    pinned: Pinned | None = None  # no part of a version


class Note(Recorded):
    """A text beside the tasks, for those who read the drawing."""

    name: Name
    text: Any
    place: Place
    width: Length | None = None
    height: Length | None = None


class Output(Recorded):
    """An output of the workflow: a variable, collected as an input of a task is."""

    variable: Variable
    gather: StrictBool = False


@dataclass(frozen=True, slots=True)
class Design:
    """Everything that is drawn; all collections are in the order in which they were made, edges in edge order."""

    description: Any = None
    inputs: Mapping[str, Variable] = field(default_factory=dict)
    outputs: Mapping[str, Output] = field(default_factory=dict)
    tasks: Mapping[str, Task] = field(default_factory=dict)
    edges: Mapping[Edge, None] = field(default_factory=dict)
    heavy_at_once_max: int = HEAVY_AT_ONCE_USUAL
    time_limit_seconds: float | None = None  # of a job
    notes: Mapping[str, Note] = field(default_factory=dict)

    def with_task(self, task: Task) -> Design:
        """The design in which this task stands, in the place of one of its name."""
        return replace(self, tasks={**self.tasks, task.name: task})

    def with_edges(self, edges: Iterable[Edge]) -> Design:
        """The design with these edges instead."""
        return replace(self, edges=dict.fromkeys(edges))

    def without_pins(self) -> Design:
        """The design as it is locked: outputs are pinned in drafts only."""
        if not any(task.pinned for task in self.tasks.values()):
            return self
        unpinned = {name: task.model_copy(update={"pinned": None}) for name, task in self.tasks.items()}
        return replace(self, tasks=unpinned)

    def form(self) -> dict[str, Any]:
        """The design as plain JSON; `read_design` reads it back."""
        return {
            "description": self.description,
            "inputs": [_form(variable) for variable in self.inputs.values()],
            "outputs": [_form(output) for output in self.outputs.values()],
            "tasks": [_form(task) for task in self.tasks.values()],
            "edges": [_form(edge) for edge in self.edges],
            "heavy_at_once_max": self.heavy_at_once_max,
            **({} if self.time_limit_seconds is None else {"time_limit_seconds": self.time_limit_seconds}),
            **({"notes": [_form(note) for note in self.notes.values()]} if self.notes else {}),
        }

    def content_hash(self) -> str:
        """SHA-256 of the form without pins: the same for two designs that are drawn alike.

        The order of tasks and notes, and of edges that lead to different inputs, tells nothing.
        """
        form = self.without_pins().form()
        form["tasks"].sort(key=lambda task: task["name"])
        form["edges"].sort(key=lambda edge: (edge.get("target", ""), edge.get("input", "")))
        form.get("notes", []).sort(key=lambda note: note["name"])
        return sha256(encode_canonical(form, levels_max=RECORD_LEVELS_MAX)).hexdigest()


def read_design(form: Mapping[str, Any]) -> Design:
    """The design that `Design.form` wrote."""
    return Design(
        description=form["description"],
        inputs={variable.name: variable for variable in _VARIABLES.validate_python(form["inputs"])},
        outputs={output.variable.name: output for output in _OUTPUTS.validate_python(form["outputs"])},
        tasks={task.name: task for task in _TASKS.validate_python(form["tasks"])},
        edges=dict.fromkeys(_EDGES.validate_python(form["edges"])),
        heavy_at_once_max=form["heavy_at_once_max"],
        time_limit_seconds=form.get("time_limit_seconds"),
        notes={note.name: note for note in _NOTES.validate_python(form.get("notes", []))},
    )


_VARIABLES = TypeAdapter(list[Variable])
_OUTPUTS = TypeAdapter(list[Output])
_TASKS = TypeAdapter(list[Task])
_EDGES = TypeAdapter(list[Edge])
_NOTES = TypeAdapter(list[Note])


def _form(part: Recorded) -> dict[str, Any]:
    return part.model_dump(mode="json", exclude_defaults=True)
