"""Designs for tests, drawn in few words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from domain.graph import Given
from domain.types import DecimalType, FileType, NumberType, TextType, ValueType
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.checks import Check, OutsideFinding, check
from domain.workflows.decide import decide
from domain.workflows.design import Design, Edge, Policy
from domain.workflows.drawing import draw
from domain.workflows.editing import edit
from domain.workflows.events import EdgeConnected, WorkflowEvent
from domain.workflows.state import INITIAL, Workflow, evolve

AT = datetime(2026, 1, 1, tzinfo=UTC)
WORKFLOW = UUID(int=7)
MEMBER, OTHER = UUID(int=1), UUID(int=2)
TEXT, NUMBER, DECIMAL, FILE = TextType(), NumberType(), DecimalType(), FileType()


def variable(name: str, of: ValueType = TEXT, *, required: bool = True, default: Any = None) -> Variable:
    """A variable; a default of None is none."""
    return Variable(name=name, type=of, required=required, default=None if default is None else Given(value=default))


def takes(name: str, of: ValueType = TEXT, *, required: bool = True) -> ops.DeclareInput:
    """The workflow has this input."""
    return ops.DeclareInput(input=variable(name, of, required=required))


def gives(name: str, of: ValueType = TEXT, *, required: bool = False) -> ops.DeclareOutput:
    """The workflow has this output."""
    return ops.DeclareOutput(output=variable(name, of, required=required))


def _plain(variables: tuple[Variable, ...]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude_defaults=True) for one in variables]


def code(
    name: str, inputs: tuple[Variable, ...] = (), outputs: tuple[Variable, ...] | None = None, **policy: Any
) -> ops.AddTask:
    """A code task; without more it gives `out`, a text."""
    given = (variable("out"),) if outputs is None else outputs
    config = {"code": "out = ''", "inputs": _plain(inputs), "outputs": _plain(given)}
    return ops.AddTask(task=name, kind="code", config=config, policy=Policy(**policy))


def decision(name: str, *inputs: Variable, **policy: Any) -> ops.AddTask:
    """A decision: whether its first input is not null."""
    source = inputs[0].name if inputs else "x"
    config = {"inputs": _plain(inputs), "conditions": [{"source": source, "operation": "is_not_null"}]}
    return ops.AddTask(task=name, kind="decision", config=config, policy=Policy(**policy))


def review(name: str, of: str, **policy: Any) -> ops.AddTask:
    """A human review of a task."""
    config = {"reviews": of, "assignment": {"roles": ["reviewer"]}}
    return ops.AddTask(task=name, kind="human_review", config=config, policy=Policy(**policy))


def edge(origin: str, end: str) -> Edge:
    """`find.total → sure.total`; `inputs.x` and `outputs.x` are the workflow's; an end that is a task makes a route edge."""
    source, *path = origin.split(".")
    target, *name = end.split(".")
    at = None if source == "inputs" else source
    if not name:
        return Edge(source=at, route=path[0], target=target)
    return Edge(source=at, path=tuple(path), target=None if target == "outputs" else target, input=name[0])


def link(origin: str, end: str, before: str | None = None) -> ops.ConnectEdge:
    """The operation that connects such an edge."""
    return ops.ConnectEdge(edge=edge(origin, end), before=None if before is None else edge(before, end))


def design(*operations: ops.Operation) -> Design:
    """What the operations draw from nothing."""
    return edit(Design(), operations)[1]


def forced(start: Design, *edges: Edge) -> Design:
    """A design with edges that an edit would refuse, as a later configuration can leave them."""
    for one in edges:
        start = draw(start, EdgeConnected(edge=one))
    return start


def codes(drawn: Design, severity: str = "error", findings: tuple[OutsideFinding, ...] = ()) -> list[str]:
    """The codes of the checks of one severity."""
    return [one.code for one in check(drawn, findings) if one.severity == severity]


def only(drawn: Design, code_of_check: str) -> Check:
    """The one check with this code."""
    (found,) = [one for one in check(drawn) if one.code == code_of_check]
    return found


def fold(*events: WorkflowEvent) -> Workflow:
    """The workflow after these events."""
    workflow: Workflow = INITIAL
    for event in events:
        workflow = evolve(workflow, event)
    return workflow


def told(workflow: Workflow, command: Any) -> tuple[list[Any], Workflow]:
    """What a command does to a workflow, and the workflow after it."""
    events = decide(command, workflow)
    for event in events:
        workflow = evolve(workflow, event)  # type: ignore[arg-type]
    return list(events), workflow
