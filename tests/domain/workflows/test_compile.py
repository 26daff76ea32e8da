"""Compiling: the graph says exactly what was drawn, and the same drawing gives the same bytes."""

from hashlib import sha256

import pytest

from domain.graph import Given, Graph, GraphEdge, GraphInput, GraphOutput
from domain.jobs.facts import facts
from domain.types import ObjectField, ObjectType
from domain.workflows import operations as ops
from domain.workflows.compile import DesignIncomplete, compile_design, graph_bytes, graph_hash
from domain.workflows.design import InputSetting, Policy
from domain.workflows.editing import edit
from tests.domain.workflows.drawn import FILE, TEXT, code, design, edge, gives, link, review, takes, variable

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
