"""What becomes of versions: discarded, taken out of service, restored, noted, archived and back. Does it, refuses it, stays quiet."""

from __future__ import annotations

import json
from typing import Any

import pytest

from domain.refusals import Refusal
from domain.workflows import operations as ops
from domain.workflows.commands import (
    ActivateWorkflow,
    ArchiveWorkflow,
    CreateWorkflow,
    DiscardDraft,
    EditWorkflow,
    NoteVersion,
    RestoreVersion,
    RetireWorkflow,
    ReviseWorkflow,
    UnarchiveWorkflow,
    UndoEdit,
)
from domain.workflows.compile import compile_design, graph_bytes, graph_hash
from domain.workflows.decide import decide
from domain.workflows.design import Design, Place
from domain.workflows.differences import edits_between
from domain.workflows.events import (
    DraftDiscarded,
    EditsSubmitted,
    RevisionOpened,
    VersionNoted,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowTakenOutOfService,
    WorkflowUnarchived,
)
from domain.workflows.snapshot import dump, load, size
from domain.workflows.starting import version_to_start
from domain.workflows.state import (
    INITIAL,
    Draft,
    InService,
    OutOfService,
    Workflow,
    active_version,
    last_version,
    open_design,
)
from tests.domain.workflows.drawn import AT, MEMBER, NUMBER, WORKFLOW, code, gives, link, takes, told, variable

AND: dict[str, Any] = {"workflow_id": WORKFLOW, "at": AT}
FIRST = (code("a"), gives("y"), link("a.out", "outputs.y"))


def then(workflow: Workflow, *commands: Any) -> Workflow:
    """The workflow after these commands."""
    for command in commands:
        _, workflow = told(workflow, command)
    return workflow


def refused(workflow: Workflow, command: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        decide(command, workflow)
    return refusal.value


def drawn(workflow: Workflow) -> Design:
    """The draft."""
    design = open_design(workflow)
    assert design is not None
    return design


def activated(workflow: Workflow) -> Workflow:
    """The workflow with its draft as the next version."""
    graph = graph_hash(graph_bytes(compile_design(drawn(workflow))))
    return then(workflow, ActivateWorkflow(**AND, graph=graph, note="go"))


def change(*operations: ops.Operation) -> EditWorkflow:
    return EditWorkflow(**AND, member_id=MEMBER, operations=operations)


def restore(workflow: Workflow, number: int, design: Design) -> RestoreVersion:
    return RestoreVersion(**AND, member_id=MEMBER, number=number, design=design)


REVISE, DISCARD = ReviseWorkflow(**AND), DiscardDraft(**AND, reason="no")
RETIRE, UNARCHIVE = RetireWorkflow(**AND, reason="old"), UnarchiveWorkflow(**AND, reason="again")
ARCHIVE = ArchiveWorkflow(**AND)
DRAFT = then(INITIAL, CreateWorkflow(**AND, member_id=MEMBER, name="Invoices", operations=FIRST))
ACTIVE = activated(DRAFT)
REVISED = then(ACTIVE, REVISE, change(code("b"), takes("x")))
SECOND = activated(then(REVISED, change(gives("z"), link("b.out", "outputs.z"))))
RETIRED = then(ACTIVE, RETIRE)
ARCHIVED = then(ACTIVE, ARCHIVE)


def test_a_revision_is_discarded_and_its_number_given_again() -> None:
    events, workflow = told(REVISED, DISCARD)
    assert events == [DraftDiscarded(reason="no")]
    assert open_design(workflow) is None
    assert active_version(workflow) == active_version(ACTIVE)
    again = then(workflow, REVISE)
    assert isinstance(again, InService)
    assert (again.number, drawn(again)) == (2, FIRST_DESIGN)


FIRST_DESIGN = drawn(DRAFT)


def test_a_first_draft_is_not_discarded() -> None:
    assert refused(DRAFT, DISCARD).message.startswith("Expected a revision to discard, but")


@pytest.mark.parametrize("workflow", [ACTIVE, RETIRED])
def test_discarding_what_is_not_open_is_no_error(workflow: Workflow) -> None:
    assert decide(DISCARD, workflow) == []


def test_a_workflow_is_taken_out_of_service_and_its_revision_stays() -> None:
    events, workflow = told(REVISED, RETIRE)
    assert events == [WorkflowTakenOutOfService(number=1, reason="old")]
    assert isinstance(workflow, OutOfService)
    assert active_version(workflow) is None
    assert last_version(workflow) == last_version(ACTIVE)
    assert drawn(workflow) == drawn(REVISED)
    assert drawn(then(workflow, UndoEdit(**AND, member_id=MEMBER))) == FIRST_DESIGN


def test_a_workflow_out_of_service_starts_no_jobs() -> None:
    with pytest.raises(Refusal, match="Expected an active workflow, but Invoices has no active version"):
        version_to_start(RETIRED, WORKFLOW)


def test_a_workflow_that_was_never_active_is_not_taken_out_of_service() -> None:
    assert refused(DRAFT, RETIRE).code == "NOTHING_TO_RETIRE"


@pytest.mark.parametrize("asked", [RetireWorkflow, ArchiveWorkflow])
def test_a_workflow_that_others_execute_is_put_away_only_where_that_is_meant(asked: type[Any]) -> None:
    refusal = refused(ACTIVE, asked(**AND, used_by=("Outer", "Other")))
    assert refusal.message.startswith("Expected a workflow that no active one executes, but Outer, Other would")
    assert len(decide(asked(**AND, used_by=("Outer",), even_if_used=True), ACTIVE)) == 1


def test_taking_out_of_service_twice_is_no_error() -> None:
    assert decide(RETIRE, RETIRED) == []


def test_a_workflow_out_of_service_is_revised_and_activated_again() -> None:
    assert decide(REVISE, RETIRED) == [RevisionOpened(number=1)]
    revised = then(RETIRED, REVISE)
    graph = graph_hash(graph_bytes(compile_design(drawn(revised))))
    events, workflow = told(revised, ActivateWorkflow(**AND, graph=graph))
    assert events == [WorkflowActivated(number=2, graph=graph, rules=1, content=FIRST_DESIGN.content_hash())]
    assert isinstance(workflow, InService)
    assert [version.number for version in workflow.known.versions] == [1, 2]


def test_a_version_out_of_service_is_not_activated_as_it_is() -> None:
    refusal = refused(RETIRED, ActivateWorkflow(**AND, graph=""))
    assert refusal.message == (
        "Expected an open draft, but there is none, and version 1 is out of service; open a revision of it first."
    )
    assert refused(RETIRED, change(code("b"))).code == "NOTHING_TO_EDIT"


def test_an_archived_workflow_comes_back_as_it_was() -> None:
    for before in (DRAFT, ACTIVE, REVISED, RETIRED):
        events, workflow = told(then(before, ARCHIVE), UNARCHIVE)
        assert events == [WorkflowUnarchived(reason="again")]
        assert type(workflow) is type(before)
        assert active_version(workflow) == active_version(before)
        assert open_design(workflow) == open_design(before)


def test_what_was_never_created_is_not_unarchived() -> None:
    assert refused(INITIAL, UNARCHIVE).code == "WORKFLOW_NOT_FOUND"


def test_unarchiving_what_is_in_use_is_no_error() -> None:
    assert decide(UNARCHIVE, ACTIVE) == []


def test_a_draft_that_comes_back_from_the_archive_has_nothing_to_undo() -> None:
    assert refused(then(DRAFT, ARCHIVE, UNARCHIVE), UndoEdit(**AND, member_id=MEMBER)).code == "NOTHING_TO_UNDO"


def test_a_version_is_restored_as_a_draft_that_can_be_undone() -> None:
    events, workflow = told(SECOND, restore(SECOND, 1, FIRST_DESIGN))
    assert events[:2] == [
        RevisionOpened(number=2),
        EditsSubmitted(member_id=MEMBER, edits=len(events) - 2, purpose="restore", number=1),
    ]
    assert drawn(workflow).content_hash() == FIRST_DESIGN.content_hash()
    version = active_version(workflow)
    assert version is not None
    assert version.number == 2
    assert drawn(then(workflow, UndoEdit(**AND, member_id=MEMBER))) == version.design


def test_a_version_is_restored_over_an_open_draft_with_its_places_and_notes() -> None:
    noted = ops.PlaceNote(note="n", text="t", place=Place(x=1, y=2))
    moved = then(REVISED, change(ops.MoveTask(task="a", place=Place(x=1, y=2)), noted))
    events, workflow = told(moved, restore(moved, 1, FIRST_DESIGN))
    assert isinstance(events[0], EditsSubmitted)
    assert drawn(workflow).content_hash() == FIRST_DESIGN.content_hash()


def test_a_broken_draft_is_copied_as_it_is_drawn() -> None:
    number = ops.ConfigureTask(task="b", config=code("b", (variable("text", NUMBER),)).config)
    start = then(DRAFT, change(code("b", (variable("text"),)), link("a.out", "b.text")), change(number))
    copy = edits_between(Design(), drawn(start))
    command = CreateWorkflow(
        **AND, member_id=MEMBER, name="Copy", operations=tuple(copy), copied_from=WORKFLOW, copied_version=1
    )
    events, workflow = told(INITIAL, command)
    assert events[0] == WorkflowCreated(name="Copy", copied_from=WORKFLOW, copied_version=1)
    assert drawn(workflow).content_hash() == drawn(start).content_hash()
    assert refused(INITIAL, CreateWorkflow(**AND, member_id=MEMBER, name="New", operations=tuple(copy))).code == (
        "EDGE_TYPES_DIFFER"
    )


def test_a_version_that_is_none_or_another_is_not_restored() -> None:
    assert refused(ACTIVE, restore(ACTIVE, 2, FIRST_DESIGN)).message == (
        "Expected a version of this workflow, but there is no version 2."
    )
    assert refused(ACTIVE, restore(ACTIVE, 1, Design())).code == "DESIGN_DIFFERS"
    assert refused(ARCHIVED, restore(ARCHIVED, 1, FIRST_DESIGN)).code == "WORKFLOW_IS_ARCHIVED"


def test_restoring_what_is_drawn_already_is_quiet() -> None:
    opened = then(ACTIVE, REVISE)
    assert decide(restore(opened, 1, FIRST_DESIGN), opened) == []
    assert decide(restore(ACTIVE, 1, FIRST_DESIGN), ACTIVE) == [RevisionOpened(number=1)]


@pytest.mark.parametrize("workflow", [ACTIVE, SECOND, RETIRED, ARCHIVED])
def test_a_note_is_written_of_any_version(workflow: Workflow) -> None:
    note = NoteVersion(**AND, number=1, note="seen by the auditors")
    events, noted = told(workflow, note)
    assert events == [VersionNoted(number=1, note="seen by the auditors")]
    assert decide(note, noted) == []


def test_a_note_of_no_version_is_refused() -> None:
    assert refused(DRAFT, NoteVersion(**AND, number=1, note="n")).code == "VERSION_UNKNOWN"
    assert refused(INITIAL, NoteVersion(**AND, number=1, note="n")).code == "WORKFLOW_NOT_FOUND"


def test_the_note_that_a_version_was_activated_with_is_not_written_twice() -> None:
    assert decide(NoteVersion(**AND, number=1, note="go"), ACTIVE) == []


def test_pinned_outputs_are_not_locked() -> None:
    pinned = activated(then(DRAFT, change(ops.PinOutputs(task="a", outputs={"out": "o"}))))
    version = active_version(pinned)
    assert version is not None
    assert version.design == FIRST_DESIGN
    assert version == active_version(ACTIVE)


def test_a_workflow_out_of_service_is_archived() -> None:
    events, workflow = told(RETIRED, ARCHIVE)
    assert events == [WorkflowArchived()]
    assert decide(ARCHIVE, workflow) == []


@pytest.mark.parametrize("workflow", [INITIAL, DRAFT, ACTIVE, REVISED, SECOND, RETIRED, ARCHIVED])
def test_a_state_is_dumped_and_loaded_whole(workflow: Workflow) -> None:
    assert load(json.loads(json.dumps(dump(workflow)))) == workflow
    assert (size(workflow) > 0) == (workflow is not INITIAL)


def test_a_draft_is_a_draft_until_it_is_activated() -> None:
    assert isinstance(DRAFT, Draft)
    assert last_version(DRAFT) is None
    assert last_version(ARCHIVED) == active_version(ACTIVE)
