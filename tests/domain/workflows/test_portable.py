"""The content of a workflow file: what is written is read as drawn, and everything wrong is named at once."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.graph import Given
from domain.money import Cost
from domain.types import DecimalType, ListType, ObjectField, ObjectType, TextType
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Design, Expects, InputSetting, Place, Policy
from domain.workflows.editing import edit
from domain.workflows.portable import FORMAT, WorkflowFileRefused, write_workflow
from domain.workflows.reading import read_workflow
from tests.domain.workflows.drawn import (
    FILE,
    NUMBER,
    TEXT,
    code,
    decision,
    design,
    gives,
    link,
    review,
    takes,
    variable,
)

RICH = design(
    ops.DescribeWorkflow(description="What it is for"),
    ops.SetLimit(heavy_at_once_max=7),
    takes("invoice", FILE),
    ops.DeclareInput(input=variable("limit", DecimalType(scale=2), default="1000")),
    ops.DeclareInput(
        input=Variable(
            name="lines",
            type=ListType(
                items=ObjectType(
                    fields=(
                        ObjectField(name="a.b", type=NUMBER),
                        ObjectField(name="note", type=TextType(length_max=9), required=False),
                    )
                )
            ),
            label="Lines",
            required=False,
            default=Given(value=None),
            sample=Given(value=[]),
        )
    ),
    ops.AddTask(task="extract", kind="extract_text", label="Extract", place=Place(x=1.5, y=-2)),
    link("inputs.invoice", "extract.file"),
    code(
        "find",
        (variable("text"), variable("note", required=False)),
        (variable("total", DecimalType()), variable("vendor")),
    ),
    link("extract.text", "find.text"),
    ops.SetTaskInput(task="find", input="note", setting=InputSetting(constant=Given(value=None))),
    decision("sure", variable("total", DecimalType(), required=False), time_limit_seconds=9.0),
    link("find.total", "sure.total"),
    review("approve", "find", on_error="hold"),
    link("sure.false", "approve"),
    code("merge", (variable("all", ListType(items=TEXT)),), join="any", heavy=True),
    ops.SetTaskInput(task="merge", input="all", setting=InputSetting(gather=True)),
    link("approve.vendor", "merge.all"),
    link("find.vendor", "merge.all"),
    link("sure.true", "merge"),
    link("approve.accepted", "merge"),
    gives("vendor"),
    ops.DeclareOutput(output=variable("many", ListType()), gather=True),
    link("approve.vendor", "outputs.vendor"),
    link("find.vendor", "outputs.vendor"),
    link("inputs.lines", "outputs.many"),
)


def read_back(drawn: Design) -> Design:
    content = json.loads(json.dumps(write_workflow("Invoices", drawn)))
    file = read_workflow(content)
    assert file.name == "Invoices"
    return edit(Design(), file.operations)[1]


def test_what_is_written_is_read_as_it_was_drawn() -> None:
    assert read_back(RICH).content_hash() == RICH.content_hash()


def test_notes_and_expectations_are_written_and_pins_are_not() -> None:
    drawn = design(
        code("a", expects=Expects(seconds=2.5, cost=Cost(amount="0.02", currency="EUR"))),
        ops.PlaceNote(note="why", text="Since", place=Place(x=1, y=2), width=80),
        ops.PinOutputs(task="a", outputs={"out": "x"}),
    )
    written = write_workflow("x", drawn)
    assert written["notes"] == {"why": {"text": "Since", "place": {"x": 1.0, "y": 2.0}, "width": 80.0}}
    assert written["tasks"]["a"]["expects"] == {"seconds": 2.5, "cost": {"amount": "0.02", "currency": "EUR"}}
    assert written["tasks"]["a"].keys() == {"kind", "code", "expects", "outputs"}
    assert read_back(drawn) == drawn.without_pins()


def test_a_file_reads_like_this() -> None:
    written = write_workflow("Invoices", RICH)
    assert list(written) == ["format", "name", "description", "heavy_at_once_max", "inputs", "tasks", "outputs"]
    assert written["format"] == FORMAT
    assert written["inputs"]["limit"] == {"type": "decimal", "scale": 2, "default": "1000"}
    assert written["inputs"]["lines"] == {
        "type": "array",
        "items": {
            "type": "object",
            "fields": {"a.b": {"type": "float"}, "note": {"type": "str", "length_max": 9, "required": False}},
        },
        "label": "Lines",
        "required": False,
        "default": None,
        "sample": [],
    }
    assert written["tasks"]["extract"] == {
        "kind": "extract_text",
        "label": "Extract",
        "inputs": {"file": {"from": "inputs.invoice"}},
        "place": {"x": 1.5, "y": -2.0},
    }
    assert written["tasks"]["find"]["inputs"] == {
        "text": {"type": "str", "from": "extract.text"},
        "note": {"type": "str", "required": False, "constant": None},
    }
    assert written["tasks"]["sure"]["conditions"] == [{"source": "total", "operation": "is_not_null"}]
    assert written["tasks"]["merge"]["after"] == ["sure.true", "approve.accepted"]
    assert written["outputs"]["vendor"] == {
        "type": "str",
        "required": False,
        "from": ["approve.vendor", "find.vendor"],
    }


@pytest.mark.parametrize(
    "config",
    [
        {"odd": 1},
        {"code": 1, "inputs": "x"},
        {"code": "x", "outputs": [{"name": "a", "type": {"type": "str"}}] * 2},
    ],
)
def test_a_configuration_that_cannot_be_read_is_not_lost(config: dict[str, Any]) -> None:
    drawn = design(ops.AddTask(task="a", kind="code", config=config, policy=Policy(heavy=False)))
    assert read_back(drawn).content_hash() == drawn.content_hash()


def test_links_to_what_is_not_declared_are_not_lost() -> None:
    drawn = design(
        code("a"),
        code("b"),
        link("a.x.y", "b.later"),
        ops.SetTaskInput(task="b", input="z", setting=InputSetting(gather=True)),
    )
    assert read_back(drawn).content_hash() == drawn.content_hash()


def test_a_step_with_a_dot_is_written_as_a_list() -> None:
    step = ops.ConnectEdge.model_validate(
        {"edge": {"source": "a", "path": ["out", "a.b"], "target": "b", "input": "text"}}
    )
    drawn = design(code("a", (), (variable("out", ObjectType()),)), code("b", (variable("text"),)), step)
    assert write_workflow("x", drawn)["tasks"]["b"]["inputs"]["text"]["from"] == [["a", "out", "a.b"]]
    assert read_back(drawn).content_hash() == drawn.content_hash()


_TYPES = "Expected one of str, float, decimal, bool, date, object, array, file, array_files, json_string"


def test_everything_that_cannot_be_read_is_named_at_once() -> None:
    content = {
        "format": "opus.workflow.9",
        "title": "x",
        "inputs": {"Total": {"type": "money"}},
        "tasks": {
            "a": {"kind": "code", "on_error": "panic", "inputs": {"text": {"from": "extract"}}, "after": "b"},
            "b": [],
            "c": {"kind": "code", "time_limit_seconds": -1, "outputs": {"x": {"type": "str", "pattern": "("}}},
        },
        "outputs": {"y": {"type": "str", "from": [1, "a."]}},
    }
    with pytest.raises(WorkflowFileRefused) as refused:
        read_workflow(content)
    assert [detail.message for detail in refused.value.details] == [
        'Expected one of format, name, description, template, heavy_at_once_max, time_limit_seconds, inputs, tasks, outputs, notes for title, but got "title".',
        'Expected opus.workflow.1 for format, but got "opus.workflow.9".',
        "Expected the workflow's name for name, but got nothing.",
        "Expected text to match pattern '^[a-z][a-z0-9_]{0,62}$' for inputs.Total.name, but got \"Total\".",
        _TYPES + ' for inputs.Total.type, but got "money".',
        "Expected 'fail_job', 'error_route', 'continue' or 'hold' for tasks.a.on_error, but got \"panic\".",
        'Expected a task and what of it, like find.total for tasks.a.inputs.text.from, but got "extract".',
        "Expected a list for tasks.a.after, but got text.",
        "Expected an object with names for tasks.b, but got a list.",
        "Expected greater than 0 for tasks.c.time_limit_seconds, but got a number.",
        "Expected a task and what of it, like find.total for outputs.y.from[0], but got a number.",
        'Expected a task and what of it, like find.total for outputs.y.from[1], but got "a.".',
    ]
    assert refused.value.message == "Expected a workflow file, but 12 places of it cannot be read."


def test_a_wrong_setting_of_the_workflow_is_named_once_in_its_place() -> None:
    content = {"format": FORMAT, "name": "x", "heavy_at_once_max": 0, "time_limit_seconds": "long"}
    with pytest.raises(WorkflowFileRefused) as refused:
        read_workflow(content)
    assert [detail.path for detail in refused.value.details] == ["heavy_at_once_max", "time_limit_seconds"]


def test_a_configuration_that_its_kind_refuses_is_left_to_the_checks() -> None:
    content = {"format": FORMAT, "name": "x", "tasks": {"a": {"kind": "code", "code": 1, "what": 2}}}
    assert edit(Design(), read_workflow(content).operations)[1].tasks["a"].config == {"code": 1, "what": 2}


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["code", "a.b", "inputs.x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "$x"]), inner, max_size=3),
    max_leaves=6,
)
task_values = st.dictionaries(
    st.sampled_from(["kind", "inputs", "outputs", "after", "code", "place", "label", "join", "config", "constant"]),
    json_values
    | st.dictionaries(
        st.sampled_from(["text", "x"]),
        st.dictionaries(st.sampled_from(["type", "from", "fields", "items", "gather", "required"]), json_values),
    ),
)

note_values = st.dictionaries(
    st.sampled_from(["text", "place", "width", "do", "note", "into", "whole"]), json_values | st.just({"x": 1, "y": 2})
)


@given(
    json_values
    | st.fixed_dictionaries(
        {"format": st.just(FORMAT), "name": st.text(max_size=3)},
        optional={
            "inputs": st.dictionaries(st.sampled_from(["x", "Y"]), json_values | task_values),
            "tasks": st.dictionaries(st.sampled_from(["a", "b"]), json_values | task_values),
            "outputs": json_values | st.dictionaries(st.just("y"), task_values),
            "notes": json_values | st.dictionaries(st.sampled_from(["n", "N"]), note_values),
        },
    )
)
def test_any_content_is_read_or_refused(content: Any) -> None:
    try:
        file = read_workflow(content)
    except WorkflowFileRefused as refused:
        assert refused.details  # noqa: PT017 - either way is right; a refusal must say where.
    else:
        assert isinstance(file.name, str)
