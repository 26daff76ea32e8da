"""Edits beyond tasks, edges and variables as such: copies, notes, pins, order, declared variables. Does it, refuses it, stays quiet."""

from itertools import combinations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.variables import Variable
from domain.workflows import operations as ops
from domain.workflows.design import Design, InputSetting, Place, read_design
from domain.workflows.editing import edit
from domain.workflows.events import (
    EdgeConnected,
    EdgeDisconnected,
    InputDeclared,
    NotePlaced,
    NoteRemoved,
    OutputDeclared,
    TaskAdded,
    TaskConfigured,
    TaskInputSet,
    TaskOutputsPinned,
    TaskOutputsUnpinned,
    TaskUnplaced,
)
from tests.domain.workflows.drawn import (
    NUMBER,
    code,
    design,
    edge,
    gives,
    link,
    review,
    takes,
    variable,
)
from tests.domain.workflows.test_edits import CHAIN, B, refused

PLACE = Place(x=1, y=2)
DRAWN = edit(
    CHAIN,
    [
        takes("w"),
        gives("v"),
        ops.MoveTask(task="b", place=PLACE),
        ops.SetTaskInput(task="b", input="text", setting=InputSetting(gather=True)),
        ops.PinOutputs(task="b", outputs={"out": "o"}),
        ops.PlaceNote(note="n", text="t", place=PLACE),
        link("a.done", "b"),
    ],
)[1]
"""The chain with all that can be taken back."""


def configured(task: str, **parts: tuple[Variable, ...]) -> TaskConfigured:
    """The code task with other declared variables."""
    plain = {
        part: [one.model_dump(mode="json", exclude_defaults=True) for one in variables]
        for part, variables in parts.items()
    }
    return TaskConfigured(task=task, config={**CHAIN.tasks[task].config, **plain})


DOES_MORE: list[tuple[ops.Operation, list[Any]]] = [
    (
        ops.AddTask(task="c", kind="extract_text", before="a"),
        [TaskAdded(task="c", kind="extract_text", before="a")],
    ),
    (
        ops.DuplicateTask(task="b", name="c", place=PLACE),
        [
            TaskAdded(task="c", kind="code", config=CHAIN.tasks["b"].config, place=PLACE, copied_from="b"),
            TaskInputSet(task="c", input="text", setting=InputSetting(gather=True)),
            EdgeConnected(edge=edge("a.out", "c.text")),
            EdgeConnected(edge=edge("inputs.x", "c.text")),
            EdgeConnected(edge=edge("a.done", "c")),
        ],
    ),
    (ops.UnplaceTask(task="b"), [TaskUnplaced(task="b")]),
    (ops.PinOutputs(task="a", outputs={"out": 1}), [TaskOutputsPinned(task="a", outputs={"out": 1})]),
    (ops.UnpinOutputs(task="b"), [TaskOutputsUnpinned(task="b")]),
    (
        ops.DeclareVariable(task="b", direction="input", variable=variable("more"), before="text"),
        [configured("b", inputs=(variable("more"), variable("text")))],
    ),
    (
        ops.DeclareVariable(task="a", direction="output", variable=variable("out", NUMBER)),
        [configured("a", outputs=(variable("out", NUMBER),))],
    ),
    (
        ops.RemoveVariable(task="b", direction="input", variable="text"),
        [
            EdgeDisconnected(edge=edge("a.out", "b.text")),
            EdgeDisconnected(edge=edge("inputs.x", "b.text")),
            TaskInputSet(task="b", input="text", setting=InputSetting()),
            TaskConfigured(task="b", config={"code": "out = ''", "outputs": CHAIN.tasks["b"].config["outputs"]}),
        ],
    ),
    (
        ops.OrderEdges(target="b", input="text", edges=(edge("inputs.x", "b.text"), edge("a.out", "b.text"))),
        [EdgeConnected(edge=edge("inputs.x", "b.text"), before=edge("a.out", "b.text"))],
    ),
    (ops.PlaceNote(note="n", text="u", place=PLACE), [NotePlaced(note="n", text="u", place=PLACE)]),
    (ops.RemoveNote(note="n"), [NoteRemoved(note="n")]),
    (
        ops.DeclareInput(input=variable("w"), before="x"),
        [InputDeclared(input=variable("w"), before="x")],
    ),
    (
        ops.DeclareOutput(output=variable("z"), before="v"),
        [OutputDeclared(output=variable("z"), before="v")],
    ),
]
"""On `DRAWN`."""
REFUSES_MORE: list[tuple[ops.Operation, str]] = [
    (ops.AddTask(task="c", kind="code", before="z"), "Expected a task of this workflow, but there is no task z."),
    (ops.DuplicateTask(task="z", name="c"), "Expected a task of this workflow, but there is no task z."),
    (ops.DuplicateTask(task="a", name="b"), "Expected a name that no task has, but there is a task b."),
    (ops.UnplaceTask(task="z"), "Expected a task of this workflow, but there is no task z."),
    (ops.PinOutputs(task="z", outputs={}), "Expected a task of this workflow, but there is no task z."),
    (ops.UnpinOutputs(task="z"), "Expected a task of this workflow, but there is no task z."),
    (
        ops.DeclareVariable(task="e", direction="output", variable=variable("more")),
        "Expected a task whose outputs can be declared, but those of e follow from its kind extract_text; more is none to be edited.",
    ),
    (
        ops.DeclareVariable(task="m", direction="input", variable=variable("more")),
        "Expected a configuration of m that can be read, but it cannot; configure the task first.",
    ),
    (
        ops.DeclareVariable(task="b", direction="input", variable=variable("more"), before="z"),
        "Expected an input that task b declares, but there is no z.",
    ),
    (
        ops.RemoveVariable(task="b", direction="output", variable="z"),
        "Expected an output that task b declares, but there is no z.",
    ),
    (
        ops.OrderEdges(target="b", input="text", edges=(edge("a.out", "b.text"),)),
        "Expected all 2 edges of b.text in their new order, but got a.out → b.text.",
    ),
    (
        ops.OrderEdges(input="y", edges=()),
        "Expected all 1 edges of outputs.y in their new order, but got none.",
    ),
    (
        ops.ConnectEdge(edge=edge("a.out", "outputs.y"), before=edge("a.out", "b.text")),
        "Expected an edge of outputs.y to come before, but a.out → b.text leads elsewhere.",
    ),
    (ops.RemoveNote(note="z"), "Expected a note of this workflow, but there is no note z."),
    (
        ops.DeclareInput(input=variable("z"), before="z"),
        "Expected an input of this workflow, but there is no z.",
    ),
    (
        ops.DeclareOutput(output=variable("z"), before="x"),
        "Expected an output of this workflow, but there is no x.",
    ),
]
"""On `DRAWN` with a task `e` whose kind fixes its variables, and a task `m` that is misconfigured."""
QUIET_MORE: list[ops.Operation] = [
    ops.UnplaceTask(task="a"),
    ops.PinOutputs(task="b", outputs={"out": "o"}),
    ops.UnpinOutputs(task="a"),
    ops.DeclareVariable(task="b", direction="input", variable=variable("text")),
    ops.DeclareVariable(task="b", direction="input", variable=variable("text"), before="text"),
    ops.OrderEdges(target="b", input="text", edges=(edge("a.out", "b.text"), edge("inputs.x", "b.text"))),
    ops.OrderEdges(target="a", edges=()),
    link("a.out", "b.text", before="inputs.x"),
    ops.PlaceNote(note="n", text="t", place=PLACE),
    ops.DeclareInput(input=variable("x"), before="w"),
    ops.DeclareOutput(output=variable("y", required=False), before="v"),
]
"""On `DRAWN`."""


@pytest.mark.parametrize(("operation", "events"), DOES_MORE)
def test_an_edit_of_more_does_what_it_says(operation: ops.Operation, events: list[Any]) -> None:
    assert edit(DRAWN, [operation])[0] == events


@pytest.mark.parametrize(("operation", "message"), REFUSES_MORE)
def test_an_edit_of_more_that_cannot_be_is_refused(operation: ops.Operation, message: str) -> None:
    more = (
        ops.AddTask(task="e", kind="extract_text"),
        ops.AddTask(task="m", kind="code", config={"inputs": 1}),
    )
    assert refused(DRAWN, *more, operation).message == message


@pytest.mark.parametrize("operation", QUIET_MORE)
def test_an_edit_of_more_that_changes_nothing_is_quiet(operation: ops.Operation) -> None:
    assert edit(DRAWN, [operation]) == ([], DRAWN)


@given(st.permutations("abcdef"))
def test_edges_are_put_in_any_order_with_as_few_moves_as_possible(wanted: list[str]) -> None:
    tasks = [code(name) for name in "abcdef"]
    start = design(*tasks, B.model_copy(update={"task": "t"}), *(link(f"{name}.out", "t.text") for name in "abcdef"))
    edges = tuple(edge(f"{name}.out", "t.text") for name in wanted)
    events, drawn = edit(start, [ops.OrderEdges(target="t", input="text", edges=edges)])
    assert tuple(drawn.edges) == edges
    rising = max(len(some) for size in range(7) for some in combinations(wanted, size) if list(some) == sorted(some))
    assert len(events) == 6 - rising


def test_a_removed_variable_of_a_reviewed_task_takes_the_edges_of_its_reviews_along() -> None:
    start = design(code("a"), B, review("r", "a"), review("s", "r"), link("s.out", "b.text"))
    events, drawn = edit(start, [ops.RemoveVariable(task="a", direction="output", variable="out")])
    assert events[0] == EdgeDisconnected(edge=edge("s.out", "b.text"))
    assert not drawn.edges


def test_what_is_declared_before_another_stands_there() -> None:
    start = design(takes("a"), takes("b"), takes("c"), gives("d"), gives("e"))
    drawn = edit(
        start,
        [
            ops.DeclareInput(input=variable("c"), before="a"),
            ops.DeclareInput(input=variable("n"), before="b"),
            ops.DeclareOutput(output=variable("e", required=False), before="d"),
        ],
    )[1]
    assert (list(drawn.inputs), list(drawn.outputs)) == (["c", "a", "n", "b"], ["e", "d"])


def test_notes_count_in_the_content_and_pinned_outputs_do_not() -> None:
    noted = edit(CHAIN, [ops.PlaceNote(note="n", text="t", place=PLACE)])[1]
    pinned = edit(CHAIN, [ops.PinOutputs(task="a", outputs={"out": "o"})])[1]
    assert noted.content_hash() != CHAIN.content_hash()
    assert pinned.content_hash() == CHAIN.content_hash()
    assert [read_design(one.form()) for one in (noted, pinned, DRAWN)] == [noted, pinned, DRAWN]


def test_outputs_are_pinned_from_an_event_that_can_be_one() -> None:
    of = "01890a5d-ac96-774b-bcce-b302099a8057:14"
    assert ops.PinOutputs(task="a", outputs={}, of=of).of == of
    for wrong in ("14", of.upper(), f"{of}x", of.replace(":14", ":0")):
        with pytest.raises(ValidationError):
            ops.PinOutputs(task="a", outputs={}, of=wrong)


def test_too_many_notes_are_refused() -> None:
    refusal = refused(Design(), *(ops.PlaceNote(note=f"n{number}", text="t", place=PLACE) for number in range(1_001)))
    assert refusal.message == "Expected at most 1000 notes in a workflow, but there would be 1001."
