"""Compensations as they are drawn: what is refused at design time, what follows a rename, and how a file says them."""

from __future__ import annotations

import pytest

from domain.workflows import operations as ops
from domain.workflows.compile import compile_design
from domain.workflows.design import Design, ForEach
from domain.workflows.editing import edit
from domain.workflows.portable import write_workflow
from domain.workflows.reading import read_workflow
from tests.domain.workflows.drawn import code, codes, design, gives, link, only, review, takes, variable

FORWARD = (
    takes("order"),
    gives("number"),
    code("book", (variable("x"),)),
    code("pay", (variable("x"),)),
    link("inputs.order", "book.x"),
    link("book.out", "pay.x"),
    link("pay.out", "outputs.number"),
)
UNDO = code("pay_back", (variable("x"),), compensates="pay")
GOOD = design(*FORWARD, UNDO, link("pay.out", "pay_back.x"))


def test_one_fed_by_what_it_undoes_is_in_order() -> None:
    assert codes(GOOD) == []
    assert "OUTPUT_UNUSED" not in codes(GOOD, "warning")
    assert [task.compensates for task in compile_design(GOOD).tasks] == [None, None, "pay"]


@pytest.mark.parametrize("origin", ["book.out", "inputs.order"])
def test_one_fed_by_what_came_before_is_in_order(origin: str) -> None:
    assert codes(design(*FORWARD, UNDO, link(origin, "pay_back.x"))) == []


@pytest.mark.parametrize(
    ("undo", "edges", "expected"),
    [
        (code("u", (), compensates="nobody"), (), "COMPENSATES_WRONGLY"),
        (code("u", (), compensates="u"), (), "COMPENSATES_WRONGLY"),
        (code("u", (), compensates="pay_back"), (), "COMPENSATES_WRONGLY"),
        (code("u", (), compensates="pay"), (), "COMPENSATES_WRONGLY"),
        (review("u", "book", compensates="book"), (), "COMPENSATION_BY_PERSON"),
        (code("u", (), compensates="book", on_error="continue"), (), "COMPENSATION_POLICY"),
        (code("u", (variable("x"),), compensates="book", for_each=ForEach(input="x")), (), "COMPENSATION_FOR_EACH"),
        (code("u", (), compensates="book", on_error="error_route"), (), "COMPENSATION_POLICY"),
        (code("u", (), compensates="book"), (link("u.out", "outputs.number"),), "COMPENSATION_LEADS_ON"),
        (code("u", (), compensates="book"), (link("u.done", "pay"),), "COMPENSATION_LEADS_ON"),
        (code("u", (), compensates="book"), (link("pay.done", "u"),), "COMPENSATION_FOLLOWS"),
        (code("u", (variable("x"),), compensates="book"), (link("pay.out", "u.x"),), "COMPENSATION_FED_LATER"),
    ],
)
def test_one_that_could_not_run_is_refused(undo: ops.AddTask, edges: tuple[ops.Operation, ...], expected: str) -> None:
    drawn = design(*FORWARD, UNDO, link("pay.out", "pay_back.x"), undo, *edges)
    assert expected in codes(drawn)


def test_a_review_of_one_is_refused() -> None:
    reviewed = code("u", (), compensates="book")
    assert "COMPENSATION_LEADS_ON" in codes(design(*FORWARD, reviewed, review("look", "u")))


def test_an_edge_that_comes_too_late_is_told_with_its_repair() -> None:
    late = code("u", (variable("x"),), compensates="book")
    drawn = design(*FORWARD, late, link("pay.out", "u.x"))
    found = only(drawn, "COMPENSATION_FED_LATER")
    assert found.message == (
        "Expected values of book, of what comes before it or of the workflow's inputs for tasks.u.inputs.x, but got pay.out."
    )
    assert found.repair is not None
    assert "COMPENSATION_FED_LATER" not in codes(edit(drawn, found.repair)[1])


def test_what_is_undone_may_go_on_after_its_failure() -> None:
    undo = (code("pay_back", (variable("x"),), compensates="pay"), link("pay.out", "pay_back.x"))
    assert codes(design(code("pay", on_error="continue"), *undo)) == []


def test_what_is_undone_may_be_reviewed() -> None:
    reviewed = (code("pay"), review("look", "pay"), gives("number"), link("look.out", "outputs.number"))
    undo = (code("pay_back", (variable("x"),), compensates="pay"), link("pay.out", "pay_back.x"))
    assert codes(design(*reviewed, *undo)) == []


def test_renaming_what_is_undone_renames_it_in_the_policy() -> None:
    renamed = edit(GOOD, [ops.RenameTask(task="pay", name="charge")])[1]
    assert renamed.tasks["pay_back"].policy.compensates == "charge"
    assert codes(renamed) == []
    assert edit(GOOD, [ops.RenameTask(task="pay_back", name="refund")])[1].tasks["refund"].policy.compensates == "pay"


def test_removing_what_is_undone_is_told_by_a_check() -> None:
    assert "COMPENSATES_WRONGLY" in codes(edit(GOOD, [ops.RemoveTask(task="pay")])[1])


def test_a_file_says_it() -> None:
    written = write_workflow("W", GOOD)
    assert written["tasks"]["pay_back"]["compensates"] == "pay"
    assert edit(Design(), read_workflow(written).operations)[1].content_hash() == GOOD.content_hash()
