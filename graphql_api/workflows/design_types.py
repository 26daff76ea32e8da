"""What a version is drawn of: variables, tasks with their inputs, outputs and routes, and edges."""

from __future__ import annotations

from enum import Enum
from typing import Any

from domain.graph import Given
from domain.values import unescape
from domain.variables import Variable as DomainVariable
from domain.workflows.design import Design, InputSetting
from domain.workflows.design import Edge as DomainEdge
from domain.workflows.design import Expects as DomainExpects
from domain.workflows.design import ForEach as DomainForEach
from domain.workflows.wiring import Wired, Wiring
from graphql_api.describe import about, enumeration, object_type
from graphql_api.jobs.policies import ErrorPolicy, Retry, show_retry
from graphql_api.scalars import JSON
from graphql_api.values.money import Cost, show_cost
from graphql_api.values.shown import DeclaredType, show_type, text


@enumeration
class Join(Enum):
    """When a task with several route edges starts: when all of them delivered, or with the first."""

    ALL = "all"
    ANY = "any"


@enumeration
class ItemErrorPolicy(Enum):
    """What follows when an item of a for-each fails: its task fails and the other items are cancelled, it is left out, or it is held for an operator."""

    FAIL_TASK = "fail_task"
    LEAVE_OUT = "leave_out"
    HOLD = "hold"


@enumeration
class VariableDirection(Enum):
    """Whether a variable of a task is one of its inputs or one of its outputs."""

    INPUT = "input"
    OUTPUT = "output"


@object_type
class Variable:
    """A named, typed input or output."""

    name: str = about("Its stable name.")
    label: str | None = about("What it is called.")
    description: str | None = about("What it is for.")
    type: DeclaredType = about("Its type.")
    required: bool = about("Whether it must have a value.")
    has_default: bool = about("Whether a value stands in when none is given.")
    default: JSON | None = about("The value that stands in when none is given.")
    has_constant: bool = about("Whether it holds a constant.")
    constant: JSON | None = about("The constant it holds.")
    sample: JSON | None = about("A value for previews.")
    gather: bool = about("Whether it gathers all that its edges deliver, as a list.")


@object_type
class TaskPlace:
    """Where a task or a note is drawn."""

    x: float = about("From the left.")
    y: float = about("From the top.")


@object_type
class ForEach:
    """That a task runs once for each item of the list that one of its inputs is given."""

    input: str = about("The input.")
    at_once_max: int = about("How many items may be under way at once.")
    on_item_error: ItemErrorPolicy = about("What follows when an item fails.")


@object_type
class Expects:
    """What is expected of a run of a task, where no recorded runs tell."""

    seconds: float | None = about("How long it takes.")
    cost: Cost | None = about("What it costs.")


@object_type
class Task:
    """One step of a workflow."""

    name: str = about("Its stable name.")
    kind: str = about("Its kind; what kinds there are is told by `taskKinds`.")
    label: str | None = about("What it is called.")
    description: str | None = about("What it does.")
    config: JSON = about("Its configuration, as its kind has it.")
    inputs: list[Variable] = about("Its inputs, which follow from kind and configuration.")
    outputs: list[Variable] = about("Its outputs, which follow from kind and configuration.")
    routes: list[str] = about("The exits that carry order without a value: its kind's own, then done and error.")
    join: Join = about("When it starts, if several route edges lead to it.")
    on_error: ErrorPolicy = about("What follows when it fails.")
    time_limit_seconds: float | None = about("How long one attempt may take.")
    retry: Retry | None = about("Whether and how it is tried again by itself; null: not at all.")
    heavy: bool = about("Whether it counts against the limit of heavy tasks at once.")
    for_each: ForEach | None = about("Over which list it runs; null for a task that runs once.")
    reviews: str | None = about("The task whose outputs it judges.")
    compensates: str | None = about("The task it undoes when a job ends badly; it has no part in the way forward.")
    place: TaskPlace | None = about("Where it is drawn; null: where the layout puts it.")
    expects: Expects | None = about("How long a run is expected to take and what to cost; null: nothing is said.")
    pinned: JSON | None = about("Outputs that stand for its own in previews; null: it is performed.")
    pinned_from: str | None = about("The event they were taken from, as `stream:version`; null: they were made up.")


@object_type
class Note:
    """A text beside the tasks, for those who read the drawing."""

    name: str = about("Its stable name.")
    text: str | None = about("What it says; null where it is sealed.")
    place: TaskPlace = about("Where it is drawn.")
    width: float | None = about("How wide it is; null: as its text needs.")
    height: float | None = about("How high it is; null: as its text needs.")


@object_type
class TaskEdge:
    """An edge: from an output (or a field in it) or a route, to an input or a task."""

    source: str | None = about("The task it starts at; null for the workflow's inputs.")
    path: list[str] | None = about("The output it carries, then fields inside it; null where it starts at a route.")
    route: str | None = about("The route it starts at; null where it carries a value.")
    target: str | None = about("The task it leads to; null for the workflow's outputs.")
    input: str | None = about("The input or output it feeds; null where it carries only the order.")
    text: str = about("Both ends, as `find.total → sure.total`.")


def show_tasks(wiring: Wiring) -> list[Task]:
    """The tasks of a design with what follows from their kinds."""
    return [_task(wired) for wired in wiring.tasks.values()]


def show_notes(design: Design) -> list[Note]:
    """The notes of a design."""
    return [
        Note(
            name=note.name,
            text=text(note.text),
            place=TaskPlace(x=note.place.x, y=note.place.y),
            width=note.width,
            height=note.height,
        )
        for note in design.notes.values()
    ]


def show_edge(edge: DomainEdge) -> TaskEdge:
    """An edge of a design."""
    return TaskEdge(
        source=edge.source,
        path=None if edge.path is None else list(edge.path),
        route=edge.route,
        target=edge.target,
        input=edge.input,
        text=edge.text,
    )


def show_variable(variable: DomainVariable, setting: InputSetting | None = None, *, gather: bool = False) -> Variable:
    """A variable; of a task's input with what is set beside its edges."""
    setting = setting or InputSetting()
    shown_type = show_type(variable.type)
    if shown_type is None:
        raise TypeError(f"Expected {variable.name} to have a type, but it has none.")
    return Variable(
        name=variable.name,
        label=text(variable.label),
        description=text(variable.description),
        type=shown_type,
        required=variable.required,
        has_default=variable.default is not None,
        default=_given(variable.default),
        has_constant=setting.constant is not None,
        constant=_given(setting.constant),
        sample=_given(variable.sample),
        gather=gather or setting.gather,
    )


def _task(wired: Wired) -> Task:
    task, policy = wired.task, wired.task.policy
    return Task(
        name=task.name,
        kind=task.kind,
        label=text(task.label),
        description=text(task.description),
        config=JSON(unescape(task.config)),
        inputs=[show_variable(each, task.settings.get(each.name)) for each in (wired.inputs or {}).values()],
        outputs=[show_variable(each) for each in (wired.outputs or {}).values()],
        routes=list(wired.routes),
        join=Join(policy.join),
        on_error=ErrorPolicy(policy.on_error),
        time_limit_seconds=policy.time_limit_seconds,
        retry=show_retry(policy.retry),
        heavy=wired.is_heavy,
        for_each=_for_each(policy.for_each),
        reviews=wired.reviews,
        compensates=policy.compensates,
        place=TaskPlace(x=task.place.x, y=task.place.y) if task.place else None,
        expects=_expects(policy.expects),
        pinned=None if task.pinned is None else JSON(unescape(task.pinned.outputs)),
        pinned_from=None if task.pinned is None else task.pinned.of,
    )


def _expects(said: DomainExpects | None) -> Expects | None:
    if said is None:
        return None
    return Expects(seconds=said.seconds, cost=show_cost(said.cost))


def _for_each(asked: DomainForEach | None) -> ForEach | None:
    if asked is None:
        return None
    on_item_error = ItemErrorPolicy(asked.on_item_error)
    return ForEach(input=asked.input, at_once_max=asked.at_once_max, on_item_error=on_item_error)


def _given(given: Given | None) -> Any:
    return None if given is None else JSON(unescape(given.value))
