"""Compiling: the graph says exactly what was drawn, and the same drawing gives the same bytes."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.graph import Asks, Given, Graph, GraphEdge, GraphInput, GraphOutput, OnError
from domain.jobs.facts import facts
from domain.types import ObjectField, ObjectType, TextType, ValueType
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.checks import blocking, check
from domain.workflows.compile import DesignIncomplete, compile_design, graph_bytes, graph_hash
from domain.workflows.cycles import in_order
from domain.workflows.design import Edge, InputSetting, Policy
from domain.workflows.editing import edit
from domain.workflows.wiring import Wiring
from tests.domain.workflows.drawn import (
    FILE,
    TEXT,
    code,
    decision,
    design,
    edge,
    forced,
    gives,
    link,
    review,
    takes,
    variable,
)

REVIEWED = design(
    ops.DeclareInput(input=variable("x", default="d")),
    code("a", (variable("text"),), (variable("out"), variable("note", required=False))),
    review("r", "a"),
    gives("y", required=True),
    link("inputs.x", "a.text"),
    link("r.out", "outputs.y"),
    link("a.out", "outputs.y"),
)


def test_a_review_is_fed_by_all_outputs_of_its_task_together() -> None:
    graph = compile_design(REVIEWED)
    fields = (ObjectField(name="out", type=TEXT), ObjectField(name="note", type=TEXT, required=False))
    (_, task) = graph.tasks
    assert task.inputs == (GraphInput(name="reviewed", type=ObjectType(fields=fields)),)
    assert task.outputs == (
        GraphOutput(name="out", type=TEXT),
        GraphOutput(name="note", type=TEXT, required=False),
    )
    assert (task.routes, task.reviews, task.heavy) == (("accepted", "rejected"), "a", False)
    assert graph.edges == (
        GraphEdge(source="a", path=(), target="r", input="reviewed"),
        GraphEdge(source=None, path=("x",), target="a", input="text"),
        GraphEdge(source="r", path=("out",), target=None, input="y"),
        GraphEdge(source="a", path=("out",), target=None, input="y"),
    )


def test_people_are_asked_from_the_start_where_what_they_are_shown_always_fits() -> None:
    (_, task) = compile_design(REVIEWED).tasks
    assert task.asks == Asks(roles=("reviewer",))
    drawn = design(takes("x"), code("a"), showing(variable("x")), link("inputs.x", "r.x"))
    assert compile_design(drawn).named["r"].asks == Asks(roles=("reviewer",), guidance="Look.")


@pytest.mark.parametrize(
    ("given", "path"),
    [
        pytest.param(TEXT, "a.out", id="a text that may be too long"),
        pytest.param(ObjectType(), "a.out.any", id="a field of which nothing is known"),
    ],
)
def test_a_runner_looks_first_where_what_is_shown_may_not_fit(given: ValueType, path: str) -> None:
    short = variable("x", TextType(length_max=3))
    drawn = design(code("a", (), (variable("out", given),)), showing(short), link(path, "r.x"))
    assert compile_design(drawn).named["r"].asks is None


def showing(shown: Variable) -> ops.AddTask:
    """A review of `a` that shows something beside its outputs."""
    config = {"reviews": "a", "assignment": {"roles": ["reviewer"]}, "guidance": "Look."}
    inputs = [shown.model_dump(mode="json", exclude_defaults=True)]
    return ops.AddTask(task="r", kind="human_review", config={**config, "inputs": inputs})


def test_inputs_and_outputs_of_the_workflow_keep_defaults() -> None:
    graph = compile_design(REVIEWED)
    assert graph.inputs == (GraphOutput(name="x", type=TEXT, default=Given(value="d")),)
    assert graph.outputs == (GraphInput(name="y", type=TEXT, required=True),)


def test_policies_and_settings_of_inputs_reach_the_engine() -> None:
    drawn = design(
        ops.AddTask(
            task="t", kind="extract_text", label="T", policy=Policy(join="any", on_error="hold", time_limit_seconds=9)
        ),
        code("b", (variable("text", default="d"),)),
        ops.SetTaskInput(task="b", input="text", setting=InputSetting(constant=Given(value=None), gather=True)),
        ops.SetLimit(heavy_at_once_max=5),
    )
    graph = compile_design(drawn)
    extract, b = graph.tasks
    assert (extract.label, extract.join, extract.on_error, extract.time_limit_seconds) == ("T", "any", "hold", 9)
    assert (extract.heavy, extract.repetition) == (True, "repeatable")
    assert extract.inputs == (GraphInput(name="file", type=FILE),)
    assert b.inputs == (
        GraphInput(name="text", type=TEXT, constant=Given(value=None), default=Given(value="d"), gather=True),
    )
    assert b.config["code"] == "out = ''"
    assert graph.heavy_at_once_max == 5


def test_bytes_are_read_back_and_named_by_their_hash() -> None:
    graph = compile_design(REVIEWED)
    content = graph_bytes(graph)
    assert Graph.model_validate_json(content) == graph
    assert graph_bytes(Graph.model_validate_json(content)) == content
    assert graph_hash(content) == sha256(content).hexdigest()


def test_what_is_drawn_alike_has_one_content_hash() -> None:
    operations: list[ops.Operation] = [
        code("a"),
        code("b", (variable("text"),)),
        link("a.out", "b.text"),
        link("a.done", "b"),
    ]
    one = design(*operations)
    other = design(operations[1], operations[0], operations[3], operations[2])
    assert one.content_hash() == other.content_hash()
    assert edit(one, [ops.DescribeTask(task="a", label="A")])[1].content_hash() != one.content_hash()


def test_the_order_of_edges_into_one_input_tells() -> None:
    merge: list[ops.Operation] = [takes("x"), takes("z"), code("b", (variable("text"),))]
    one = design(*merge, link("inputs.x", "b.text"), link("inputs.z", "b.text"))
    other = design(*merge, link("inputs.z", "b.text"), link("inputs.x", "b.text"))
    assert one.content_hash() != other.content_hash()


def test_an_unconfigured_task_cannot_be_compiled() -> None:
    with pytest.raises(DesignIncomplete) as refused:
        compile_design(design(ops.AddTask(task="r", kind="human_review")))
    assert refused.value.message.startswith("Expected every task to be configured, but r cannot be compiled")


def test_facts_name_the_linked_paths_that_are_absent_or_null() -> None:
    drawn = design(
        code("a", (), (variable("one", ObjectType()), variable("two"))),
        review("r", "a"),
        code("b", (variable("x"), variable("y", required=False), variable("z", required=False))),
        link("a.one.total", "b.x"),
        link("a.one.lines.0", "b.y"),
        link("a.two", "b.z"),
    )
    graph = compile_design(drawn)
    found = facts(graph, "a", {"one": {"total": None, "lines": ["l"]}, "two": None})
    assert found.absent == (("one", "total"), ("two",))
    assert facts(graph, "a", {"one": {"total": 1, "lines": ["l"]}, "two": ""}, route="accepted").absent == ()
    assert facts(graph, "r", {}, route="accepted").route == "accepted"
    assert facts(graph, None, {}).absent == ()
    assert edge("a.two", "b.z") in drawn.edges


_KINDS: list[tuple[bool, OnError]] = [(False, "fail_job"), (False, "continue"), (True, "error_route")]
NAMES = ("a", "b", "c", "d")
TASKS = [
    *(code(name, (variable("text", required=needed),), on_error=policy) for name in NAMES for needed, policy in _KINDS),
    *(decision(name, variable("text", required=False), join="any") for name in NAMES),
    *(review(name, of) for name in NAMES for of in NAMES),
]
ORIGINS = ("inputs.x", *(f"{name}.{way}" for name in NAMES for way in ("out", "final_decision", "error.message")))
EDGES = [
    *(edge(origin, f"{name}.text") for origin in ORIGINS for name in NAMES),
    *(edge(origin, "outputs.y") for origin in ORIGINS),
    *(edge(f"{one}.{way}", other) for one in NAMES for way in ("done", "error", "true", "accepted") for other in NAMES),
]


@settings(max_examples=300)
@given(
    st.lists(st.sampled_from(TASKS), unique_by=lambda task: task.task, min_size=1),
    st.lists(st.sampled_from(EDGES), max_size=8),
)
def test_whatever_has_no_errors_can_be_compiled_and_leads_nowhere_unknown(
    tasks: list[ops.AddTask], edges: list[Edge]
) -> None:
    there = {None, *(task.task for task in tasks)}
    between = [one for one in edges if {one.source, one.target} <= there]
    drawn = forced(design(takes("x"), gives("y"), *tasks), *between)
    if blocking(check(drawn)):
        return
    graph = compile_design(drawn)
    assert Graph.model_validate_json(graph_bytes(graph)) == graph
    known = {task.name: task for task in graph.tasks}
    assert set(in_order(Wiring(drawn).followers)) == set(known)
    for one in graph.edges:
        source, target = known.get(one.source or ""), known.get(one.target or "")
        if one.input is not None:
            inputs = graph.outputs if target is None else target.inputs
            assert one.input in {variable.name for variable in inputs}
        if one.route is not None:
            assert source is not None
            assert one.route in (*source.routes, "done", "error")
        elif one.path and one.path[0] != "error":
            outputs = graph.inputs if source is None else source.outputs
            assert one.path[0] in {variable.name for variable in outputs}
    fed = {(one.target, one.input) for one in graph.edges}
    for task in graph.tasks:
        for given_input in task.inputs:
            assert (task.name, given_input.name) in fed or not given_input.required


def test_a_wait_for_a_message_is_compiled_with_the_name_it_takes() -> None:
    config = {"message": "paid", "outputs": [{"name": "message", "type": {"type": "str"}}]}
    [task] = compile_design(design(ops.AddTask(task="settled", kind="wait", config=config))).tasks
    assert task.takes == "paid"
    assert [output.name for output in task.outputs] == ["message"]
    [timed] = compile_design(design(ops.AddTask(task="later", kind="wait", config={"duration": 60}))).tasks
    assert timed.takes is None
