"""What differs between two designs is told place by place; nothing is told exactly where they are drawn alike."""

from __future__ import annotations

from hypothesis import given

from domain.types import NumberType
from domain.workflows import operations as ops
from domain.workflows.comparing import Difference, EdgeChanged, PartChanged, PlaceChanged, compare
from domain.workflows.design import Design, Place
from domain.workflows.editing import edit
from tests.domain.workflows.drawn import code, design, edge, gives, link, takes, variable
from tests.domain.workflows.test_edits_between import designs

BEFORE = design(
    takes("x"),
    takes("y"),
    code("a", (variable("in"),)),
    code("b", (variable("in"),)),
    gives("out"),
    link("inputs.x", "a.in"),
    link("a.out", "b.in"),
    link("a.out", "outputs.out"),
    link("b.out", "outputs.out"),
)


def changed(*operations: ops.Operation) -> Difference:
    return compare(BEFORE, edit(BEFORE, operations)[1])


def test_a_changed_task_is_told_place_by_place_as_the_file_has_it() -> None:
    config = {**BEFORE.tasks["a"].config, "code": "out = 'x'", "outputs": [{"name": "out", "type": {"type": "float"}}]}
    found = changed(
        ops.ConfigureTask(task="a", config=config),
        ops.SetTaskPolicy(task="a", on_error="hold"),
        ops.MoveTask(task="b", place=Place(x=1, y=2)),
    )
    assert found.tasks == (
        PartChanged(
            "a",
            "changed",
            (
                PlaceChanged("tasks.a.code", "changed", "out = ''", "out = 'x'"),
                PlaceChanged("tasks.a.outputs.out.type", "changed", "str", "float"),
                PlaceChanged("tasks.a.on_error", "added", None, "hold"),
            ),
        ),
        PartChanged("b", "changed", (PlaceChanged("tasks.b.place", "added", None, {"x": 1.0, "y": 2.0}),)),
    )
    assert (found.settings, found.inputs, found.edges) == ((), (), ())


def test_what_is_added_and_removed_is_told_with_its_edges() -> None:
    found = changed(ops.RemoveTask(task="b"), code("c", (variable("in"),)), link("a.out", "c.in"), takes("z"))
    assert found.tasks == (PartChanged("b", "removed"), PartChanged("c", "added"))
    assert found.inputs == (PartChanged("z", "added"),)
    assert found.edges == (
        EdgeChanged(edge("a.out", "b.in"), "removed"),
        EdgeChanged(edge("b.out", "outputs.out"), "removed"),
        EdgeChanged(edge("a.out", "c.in"), "added"),
    )


def test_settings_variables_and_orders_are_told() -> None:
    found = changed(
        ops.SetLimit(heavy_at_once_max=5),
        ops.DescribeWorkflow(description="what for"),
        ops.RemoveInput(input="x"),
        takes("x", NumberType(minimum=0)),
        ops.ConnectEdge(edge=edge("b.out", "outputs.out"), before=edge("a.out", "outputs.out")),
    )
    assert found.settings == (
        PlaceChanged("description", "added", None, "what for"),
        PlaceChanged("heavy_at_once_max", "added", None, 5),
        PlaceChanged("inputs", "changed", ["x", "y"], ["y", "x"]),
    )
    assert found.inputs == (
        PartChanged(
            "x",
            "changed",
            (
                PlaceChanged("inputs.x.type", "changed", "str", "float"),
                PlaceChanged("inputs.x.minimum", "added", None, 0.0),
            ),
        ),
    )
    assert found.edges == (
        EdgeChanged(edge("inputs.x", "a.in"), "removed"),
        EdgeChanged(edge("b.out", "outputs.out"), "moved"),
        EdgeChanged(edge("a.out", "outputs.out"), "moved"),
    )


@given(designs(), designs())
def test_nothing_is_told_exactly_where_two_are_drawn_alike(before: Design, after: Design) -> None:
    assert compare(before, before).is_empty
    assert compare(before, after).is_empty == (before.content_hash() == after.content_hash())
