"""The command line writes edits as the API reads them."""

from __future__ import annotations

import pytest

from domain.graph import Given, Retry
from domain.types import DecimalType, ObjectField, ObjectType
from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Edge, ForEach, InputSetting, Place, Policy
from graphql_api.workflows.reading import show_operation
from runner.cli.operations import as_given

TYPE = ObjectType(fields=(ObjectField(name="net_total", type=DecimalType(scale=2)),))
EDGE = Edge(source="a", path=("x", "net_total"), target="b", input="y")
EVERY: list[ops.Operation] = [
    ops.DescribeWorkflow(description="what for"),
    ops.SetLimit(heavy_at_once_max=2),
    ops.SetTimeLimit(time_limit_seconds=60.0),
    ops.AddTask(
        task="a",
        kind="code",
        config={"some_key": {"other_key": [1]}},
        policy=Policy(join="any", on_error="error_route", time_limit_seconds=1.5),
        place=Place(x=1.0, y=2.0),
    ),
    ops.ConfigureTask(task="a", config={"join": "left", "value": {"on_error": 1}}),
    ops.DescribeTask(task="a", label="A"),
    ops.SetTaskPolicy(task="a", join="any", heavy=True, retry=Retry(attempts=2, backoff="fixed", codes=("BUSY",))),
    ops.SetTaskPolicy(task="a", for_each=ForEach(input="x", on_item_error="leave_out")),
    ops.SetTaskInput(task="a", input="x", setting=InputSetting(constant=Given(value={"on_error": None}))),
    ops.SetTaskInput(task="a", input="x", setting=InputSetting(gather=True)),
    ops.MoveTask(task="a", place=Place(x=0.0, y=0.0)),
    ops.DuplicateTask(task="a", name="b", place=Place(x=1.0, y=2.0)),
    ops.UnplaceTask(task="a"),
    ops.PinOutputs(task="a", outputs={"some_key": {"on_error": [1]}}),
    ops.UnpinOutputs(task="a"),
    ops.DeclareVariable(task="a", direction="input", variable=Variable(name="x", type=TYPE), before="y"),
    ops.RenameVariable(task="a", direction="output", variable="x", name="y"),
    ops.RemoveVariable(task="a", direction="output", variable="x"),
    ops.RenameTask(task="a", name="b"),
    ops.RemoveTask(task="a"),
    ops.ConnectEdge(edge=EDGE, before=Edge(source="a", route="done", target="b")),
    ops.DisconnectEdge(edge=EDGE),
    ops.OrderEdges(target="b", input="y", edges=(EDGE,)),
    ops.PlaceNote(note="n", text="what for", place=Place(x=1.0, y=2.0), width=80.0),
    ops.RemoveNote(note="n"),
    ops.DeclareInput(input=Variable(name="x", type=TYPE, required=False, default=Given(value=None))),
    ops.RenameInput(input="x", name="y"),
    ops.RemoveInput(input="x"),
    ops.DeclareOutput(output=Variable(name="x", type=TYPE), gather=True),
    ops.RenameOutput(output="x", name="y"),
    ops.RemoveOutput(output="x"),
]


@pytest.mark.parametrize("operation", EVERY, ids=lambda operation: operation.do)
def test_every_edit_is_written_as_the_api_shows_it(operation: ops.Operation) -> None:
    assert as_given(operation) == show_operation(operation.model_dump(mode="json"))


def test_no_edit_is_left_out() -> None:
    names = {operation.do for operation in EVERY}
    assert names == set(ops.OPERATION.json_schema()["discriminator"]["mapping"])
