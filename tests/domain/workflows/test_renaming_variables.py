"""A variable of a task is renamed wherever it is used, refused where a use is not certain, quiet where nothing would change."""

from __future__ import annotations

import pytest

from domain.refusals import Refusal
from domain.workflows import operations as ops
from domain.workflows.design import Design, ForEach, InputSetting, Policy
from domain.workflows.editing import edit
from domain.workflows.events import DraftEvent, TaskConfigured, TaskVariableRenamed
from tests.domain.workflows.drawn import code, design, edge, gives, link, review, takes, variable

SUM = ops.AddTask(
    task="sum",
    kind="code",
    config={
        "code": "total = net  # net",
        "inputs": [{"name": "net", "type": {"type": "str"}}],
        "outputs": [{"name": "total", "type": {"type": "str"}}],
    },
)
START = design(
    takes("x"),
    gives("y"),
    SUM,
    review("look", "sum"),
    code("b", (variable("text"),)),
    link("inputs.x", "sum.net"),
    link("look.total", "b.text"),
    link("sum.done", "b"),
    link("sum.total", "outputs.y"),
)


def renamed(start: Design, operation: ops.RenameVariable) -> tuple[list[DraftEvent], Design]:
    return edit(start, [operation])


def refused(start: Design, operation: ops.RenameVariable) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        renamed(start, operation)
    return refusal.value


def output(name: str, *, rewrite: bool = True) -> ops.RenameVariable:
    return ops.RenameVariable(task="sum", direction="output", variable="total", name=name, rewrite=rewrite)


def test_an_output_is_renamed_with_its_edges_those_of_its_reviews_and_in_code() -> None:
    events, drawn = renamed(START, output("amount"))
    assert events == [
        *(
            TaskVariableRenamed(task=task, direction="output", variable="total", name="amount")
            for task in ("sum", "look")
        ),
        TaskConfigured(
            task="sum",
            config={
                "code": "amount = net  # net",
                "inputs": [{"name": "net", "type": {"type": "str"}}],
                "outputs": [{"name": "amount", "type": {"type": "str"}}],
            },
        ),
    ]
    assert list(drawn.edges) == [
        edge("inputs.x", "sum.net"),
        edge("look.amount", "b.text"),
        edge("sum.done", "b"),
        edge("sum.amount", "outputs.y"),
    ]


def test_an_input_is_renamed_with_its_edges_setting_and_for_each() -> None:
    start = edit(
        START,
        [
            ops.SetTaskInput(task="sum", input="net", setting=InputSetting(gather=True)),
            ops.SetTaskPolicy(task="sum", for_each=ForEach(input="net")),
        ],
    )[1]
    _, drawn = renamed(start, ops.RenameVariable(task="sum", direction="input", variable="net", name="lines"))
    task = drawn.tasks["sum"]
    assert task.config["code"] == "total = lines  # net"
    assert task.settings == {"lines": InputSetting(gather=True)}
    assert task.policy == Policy(for_each=ForEach(input="lines"))
    assert edge("inputs.x", "sum.lines") in drawn.edges


def test_pinned_outputs_are_renamed_too() -> None:
    start = edit(START, [ops.PinOutputs(task="sum", outputs={"total": "1"})])[1]
    pinned = renamed(start, output("amount"))[1].tasks["sum"].pinned
    assert pinned is not None
    assert pinned.outputs == {"amount": "1"}


def test_without_rewriting_only_what_is_outside_of_the_configuration_follows() -> None:
    events, drawn = renamed(START, output("amount", rewrite=False))
    assert events == [TaskVariableRenamed(task="sum", direction="output", variable="total", name="amount")]
    assert drawn.tasks == START.tasks
    assert edge("sum.amount", "outputs.y") in drawn.edges
    assert edge("look.total", "b.text") in drawn.edges


def test_an_uncertain_use_is_refused_with_its_places() -> None:
    start = edit(
        START, [ops.ConfigureTask(task="sum", config={**SUM.config, "code": "total = 1\nfor total in net: pass"})]
    )
    refusal = refused(start[1], output("amount"))
    assert refusal.code == "RENAME_UNCERTAIN"
    assert refusal.message == (
        "Expected every use of total to be certain, but whether it can be called amount is not at "
        "tasks.sum.code line 2; change that first."
    )
    assert [(detail.path, detail.found) for detail in refusal.details] == [
        ("tasks.sum.code line 2", "total is bound by something else than an assignment")
    ]


@pytest.mark.parametrize(
    ("operation", "message"),
    [
        (
            ops.RenameVariable(task="sum", direction="output", variable="z", name="w"),
            "Expected an output that task sum declares, but there is no z.",
        ),
        (
            ops.RenameVariable(task="look", direction="output", variable="total", name="amount"),
            "Expected a task whose outputs can be declared, but those of look follow from its kind human_review; total is none to be edited.",
        ),
        (
            ops.RenameVariable(task="z", direction="output", variable="total", name="amount"),
            "Expected a task of this workflow, but there is no task z.",
        ),
    ],
)
def test_what_cannot_be_renamed_is_refused(operation: ops.RenameVariable, message: str) -> None:
    assert refused(START, operation).message == message


def test_a_name_that_is_declared_or_used_already_is_refused() -> None:
    declared = ops.DeclareVariable(task="sum", direction="output", variable=variable("amount"))
    for more in (declared, link("sum.amount", "b.text"), ops.PinOutputs(task="sum", outputs={"amount": "1"})):
        start = edit(START, [more])[1]
        refusal = refused(start, output("amount"))
        assert refusal.message == "Expected a name that no output of sum has, but there is amount."
    setting = ops.SetTaskInput(task="sum", input="x", setting=InputSetting(gather=True))
    taken = ops.RenameVariable(task="sum", direction="input", variable="net", name="x", rewrite=False)
    assert refused(edit(START, [setting])[1], taken).code == "VARIABLE_NAME_TAKEN"


@pytest.mark.parametrize(
    "operation",
    [
        output("total"),
        output("total", rewrite=False),
        ops.RenameVariable(task="sum", direction="output", variable="z", name="w", rewrite=False),
    ],
)
def test_renaming_what_is_called_so_or_used_nowhere_is_quiet(operation: ops.RenameVariable) -> None:
    assert renamed(START, operation) == ([], START)
