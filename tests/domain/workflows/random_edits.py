"""Random edits of small designs: everything the checks speak of comes up, right and wrong."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import strategies as st

from domain.graph import Given
from domain.refusals import Refusal
from domain.types import DateType, ListType, NumberType, ObjectField, ObjectType, TextType, ValueType
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Design, Edge, ForEach, InputSetting, Place
from domain.workflows.drawing import draw
from domain.workflows.editing import edit
from domain.workflows.events import EdgeConnected

TASKS = ("a", "b", "c", "d", "e")
VARIABLES = ("x", "y", "z")
TYPES: tuple[ValueType, ...] = (
    TextType(),
    TextType(choices=("one", "two")),
    NumberType(),
    NumberType(minimum=0),
    DateType(),
    ListType(items=TextType()),
    ListType(),
    ObjectType(),
    ObjectType(fields=(ObjectField(name="x", type=TextType()), ObjectField(name="y", type=NumberType()))),
)

tasks = st.sampled_from(TASKS)
names = st.sampled_from(VARIABLES)
variables = st.builds(
    Variable,
    name=names,
    type=st.sampled_from(TYPES),
    required=st.booleans(),
    default=st.none() | st.builds(Given, value=st.sampled_from(["one", 1])),
)


def _plain(given: list[Variable]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json", exclude_defaults=True) for one in given]


declared = st.lists(variables, max_size=3, unique_by=lambda one: one.name).map(_plain)
configs = st.one_of(
    st.tuples(
        st.just("code"), st.fixed_dictionaries({"code": st.just("x = 1"), "inputs": declared, "outputs": declared})
    ),
    st.tuples(
        st.just("decision"),
        st.fixed_dictionaries(
            {"inputs": declared, "conditions": st.just([{"source": "x", "operation": "is_not_null"}])}
        ),
    ),
    st.tuples(
        st.just("human_review"),
        st.fixed_dictionaries({"reviews": tasks, "assignment": st.just({"roles": ["reviewer"]}), "inputs": declared}),
    ),
    st.tuples(
        st.just("wait"),
        st.fixed_dictionaries(
            {
                "message": st.just("paid"),
                "outputs": st.sampled_from(TYPES).map(lambda of: _plain([Variable(name="message", type=of)])),
            }
        ),
    ),
    st.tuples(st.just("export_data"), st.just({"format": "csv", "file_name": "x.csv", "inputs": []})),
)
settings = st.builds(
    InputSetting,
    constant=st.none() | st.builds(Given, value=st.sampled_from(["one", 1, ["one"]])),
    gather=st.booleans(),
)


@st.composite
def _edges(draw_: st.DrawFn) -> Edge:
    source, target = draw_(tasks | st.none()), draw_(tasks | st.none())
    if source is not None and target is not None and draw_(st.booleans()):
        route = draw_(st.sampled_from(["done", "error", "true", "false", "accepted", "rejected"]))
        return Edge(source=source, route=route, target=target)
    path = (draw_(st.sampled_from([*VARIABLES, "message", "error"])), *draw_(st.sampled_from([(), (), ("x",)])))
    return Edge(source=source, path=path, target=target, input=draw_(names))


edges = _edges()
policies = st.fixed_dictionaries(
    {},
    optional={
        "join": st.sampled_from(["all", "any"]),
        "on_error": st.sampled_from(["fail_job", "error_route", "continue", "hold"]),
        "heavy": st.booleans(),
        "compensates": tasks | st.none(),
        "for_each": st.none() | st.builds(ForEach, input=names),
    },
)
operations: st.SearchStrategy[ops.Operation] = st.one_of(
    st.builds(lambda task, of: ops.AddTask(task=task, kind=of[0], config=of[1]), tasks, configs),
    st.builds(lambda task, of: ops.ConfigureTask(task=task, config=of[1]), tasks, configs),
    st.builds(lambda task, policy: ops.SetTaskPolicy(task=task, **policy), tasks, policies),
    st.builds(lambda task, policy: ops.SetTaskPolicy(task=task, **policy), tasks, policies),
    st.builds(ops.SetTaskInput, task=tasks, input=names, setting=settings),
    st.builds(ops.MoveTask, task=tasks, place=st.builds(Place, x=st.just(1.0), y=st.just(2.0))),
    st.builds(ops.RenameTask, task=tasks, name=tasks),
    st.builds(ops.RemoveTask, task=tasks),
    st.builds(ops.DeclareInput, input=variables),
    st.builds(ops.RemoveInput, input=names),
    st.builds(ops.DeclareOutput, output=variables, gather=st.booleans()),
    st.builds(ops.RenameOutput, output=names, name=names),
    st.builds(ops.RemoveOutput, output=names),
    st.builds(ops.ConnectEdge, edge=edges),
    st.builds(ops.ConnectEdge, edge=edges),
    st.builds(ops.ConnectEdge, edge=edges),
    st.builds(ops.DisconnectEdge, edge=edges),
)


def random_design(random: Random) -> Design:
    """All five tasks, of which most inputs are fed by something that is there, and many follow a route."""
    design = Design()
    for name in VARIABLES:
        design = drawn(design, ops.DeclareInput(input=_variable(random, name)))
        design = drawn(design, ops.DeclareOutput(output=_variable(random, name), gather=random.random() < 0.2))
    for number, task in enumerate(TASKS):
        kind = random.choice(("code", "code", "decision", "human_review", "export_data"))
        declared = [_variable(random, name) for name in VARIABLES if random.random() < 0.7]
        config: dict[str, Any] = {"inputs": _plain(declared)}
        if kind == "code":
            config |= {"code": "x = 1", "outputs": _plain([_variable(random, name) for name in VARIABLES])}
        elif kind == "human_review":
            config["reviews"] = random.choice(TASKS[:number] or TASKS)
        design = drawn(design, ops.AddTask(task=task, kind=kind, config=config))
        for each in [*declared, *declared[:1]]:
            source = random.choice([None, *TASKS[:number], *TASKS[:number]])
            edge = Edge(source=source, path=(random.choice(VARIABLES),), target=task, input=each.name)
            design = drawn(design, ops.ConnectEdge(edge=edge))
        for source in TASKS[:number]:
            if random.random() < 0.3:
                route = random.choice(("done", "error", "true", "false", "accepted"))
                design = drawn(design, ops.ConnectEdge(edge=Edge(source=source, route=route, target=task)))
    for name in VARIABLES:
        edge = Edge(source=random.choice(TASKS), path=(random.choice(VARIABLES),), input=name)
        design = drawn(design, ops.ConnectEdge(edge=edge))
    return design


def _variable(random: Random, name: str) -> Variable:
    return Variable(name=name, type=random.choice(TYPES[:4]), required=random.random() < 0.7)


def drawn(design: Design, operation: ops.Operation) -> Design:
    """The design after an edit; an edge that would be refused is there all the same, as a later configuration can leave it."""
    if isinstance(operation, ops.ConnectEdge):
        return draw(design, EdgeConnected(edge=operation.edge))
    try:
        return edit(design, [operation])[1]
    except Refusal:
        return design
