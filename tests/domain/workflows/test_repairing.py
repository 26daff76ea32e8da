"""A draft is mended by the repairs that its checks know, and linked by what is proposed; both as batches of a member."""

from __future__ import annotations

from typing import Any

import pytest

from domain.types import TextType
from domain.workflows import operations as ops
from domain.workflows.checks import check
from domain.workflows.commands import CreateWorkflow, EditWorkflow, LinkWorkflow, RepairWorkflow, UndoEdit
from domain.workflows.decide import decide
from domain.workflows.design import Design
from domain.workflows.events import EditsSubmitted
from domain.workflows.linking import LinkNotProposed, NothingToLink
from domain.workflows.refusals import NothingToRepair
from domain.workflows.state import INITIAL, Workflow, open_design
from tests.domain.workflows.drawn import (
    AT,
    MEMBER,
    WORKFLOW,
    code,
    codes,
    decision,
    edge,
    gives,
    link,
    review,
    takes,
    told,
    variable,
)

TAKES_TEXT = (variable("text"),)


def drafted(*operations: ops.Operation) -> Workflow:
    made = CreateWorkflow(at=AT, workflow_id=WORKFLOW, member_id=MEMBER, name="Draft", operations=operations)
    return told(INITIAL, made)[1]


def repair(workflow: Workflow, *asked: str) -> tuple[list[Any], Design]:
    command = RepairWorkflow(at=AT, workflow_id=WORKFLOW, member_id=MEMBER, codes=asked)
    events, later = told(workflow, command)
    design = open_design(later)
    assert design is not None
    return events, design


EXCLUSIVE = (decision("d", variable("x", required=False)), code("a"), link("d.true", "a"), link("d.false", "a"))
BESIDE = (code("f"), review("r", "f"), gives("y"), link("f.out", "outputs.y"))


def test_all_that_checks_know_a_repair_for_is_mended_together() -> None:
    [marker, *edits], design = repair(drafted(*EXCLUSIVE, *BESIDE))
    assert isinstance(marker, EditsSubmitted)
    assert (marker.purpose, marker.member_id, marker.edits) == ("repair", MEMBER, len(edits))
    assert marker.codes == ("EXCLUSIVE_ROUTES", "USED_BESIDE_REVIEW")
    assert codes(design) == []


def test_only_what_was_asked_for_is_mended() -> None:
    [marker, *_], design = repair(drafted(*EXCLUSIVE, *BESIDE), "USED_BESIDE_REVIEW")
    assert marker.codes == ("USED_BESIDE_REVIEW",)
    assert codes(design) == ["EXCLUSIVE_ROUTES"]


def test_what_another_repair_makes_needless_is_left_out() -> None:
    # The input that nothing uses would go, but what has no source takes it.
    _, design = repair(drafted(takes("text"), code("b", TAKES_TEXT)))
    assert list(design.inputs) == ["text"]
    assert list(design.edges) == [edge("inputs.text", "b.text")]


def test_what_a_repair_makes_necessary_is_mended_too() -> None:
    narrow = TextType(choices=("a",))
    row: list[ops.Operation] = [
        takes("x"),
        code("a", (variable("x"),), (variable("out"),)),
        code("b", (variable("x", narrow),)),
        code("c", (variable("x", TextType(choices=("a", "b"))),)),
        link("inputs.x", "a.x"),
        link("a.out", "b.x"),
        link("a.out", "c.x"),
    ]
    _, design = repair(drafted(*row), "TYPE_MAY_DIFFER")
    assert "TYPE_MAY_DIFFER" not in codes(design, "warning")


def test_repairs_that_contradict_each_other_come_to_an_end() -> None:
    # Of a task that goes on after a failure, one check wants it to fail the job, another to take its error route.
    drawn = drafted(
        code("a", on_error="continue"), code("b", TAKES_TEXT), code("c"), link("a.out", "b.text"), link("a.error", "c")
    )
    [marker, *_], design = repair(drawn)
    assert marker.codes == ("CONTINUE_FEEDS_REQUIRED", "ERROR_ROUTE_NOT_TAKEN")
    assert codes(design) == []


def test_where_no_check_knows_a_repair_what_stands_is_named() -> None:
    unknown = drafted(code("b", TAKES_TEXT))
    with pytest.raises(NothingToRepair, match="but INPUT_WITHOUT_SOURCE, OUTPUT_UNUSED have none"):
        repair(unknown)
    with pytest.raises(NothingToRepair, match="but none of those asked for stands"):
        repair(unknown, "CYCLE")


def test_a_repair_is_undone_as_one() -> None:
    workflow = drafted(*EXCLUSIVE, *BESIDE)
    _, mended = told(workflow, RepairWorkflow(at=AT, workflow_id=WORKFLOW, member_id=MEMBER))
    _, undone = told(mended, UndoEdit(at=AT, workflow_id=WORKFLOW, member_id=MEMBER))
    before, after = open_design(workflow), open_design(undone)
    assert before is not None
    assert after is not None
    assert after.content_hash() == before.content_hash()


def links(workflow: Workflow, *asked: str) -> list[Any]:
    edges = tuple(edge(*one.split(" → ")) for one in asked) or None
    return decide(LinkWorkflow(at=AT, workflow_id=WORKFLOW, member_id=MEMBER, edges=edges), workflow)


def test_proposed_links_are_connected_as_a_batch() -> None:
    workflow = drafted(takes("text"), takes("other_note"), code("b", (variable("text"), variable("note"))))
    marker, connected = links(workflow)
    assert (marker.purpose, marker.edits) == ("link", 1)
    assert connected.edge == edge("inputs.text", "b.text")
    assert links(workflow, "inputs.other_note → b.note")[1].edge == edge("inputs.other_note", "b.note")


def test_what_is_not_proposed_is_not_linked_and_what_is_linked_already_is_no_error() -> None:
    workflow = drafted(takes("text"), code("b", TAKES_TEXT))
    with pytest.raises(LinkNotProposed):
        links(workflow, "inputs.gone → b.text")
    done = EditWorkflow(at=AT, workflow_id=WORKFLOW, member_id=MEMBER, operations=(link("inputs.text", "b.text"),))
    _, later = told(workflow, done)
    assert links(later, "inputs.text → b.text") == []
    with pytest.raises(NothingToLink):
        links(later)


def test_a_draft_without_faults_has_nothing_to_repair() -> None:
    good = drafted(code("a"), gives("y"), link("a.out", "outputs.y"))
    design = open_design(good)
    assert design is not None
    assert check(design) == []
    with pytest.raises(NothingToRepair, match="none of those asked for stands"):
        repair(good)
