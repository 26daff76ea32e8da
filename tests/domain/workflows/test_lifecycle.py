"""From the first draft to the archive: three tests a rule."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.catalogue import EVENTS
from domain.refusals import Refusal
from domain.workflows import operations as ops
from domain.workflows.checks import OutsideFinding
from domain.workflows.commands import (
    ActivateWorkflow,
    ArchiveWorkflow,
    CreateWorkflow,
    EditWorkflow,
    RenameWorkflow,
    ReviseWorkflow,
)
from domain.workflows.compile import compile_design, graph_bytes, graph_hash
from domain.workflows.decide import decide
from domain.workflows.design import Design, Edge, InputSetting, Place, Policy
from domain.workflows.events import (
    DraftDiscarded,
    EdgeConnected,
    EdgeDisconnected,
    EditsSubmitted,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    NotePlaced,
    NoteRemoved,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
    RevisionOpened,
    TaskAdded,
    TaskConfigured,
    TaskDescribed,
    TaskInputSet,
    TaskMoved,
    TaskOutputsPinned,
    TaskOutputsUnpinned,
    TaskPolicySet,
    TaskRemoved,
    TaskRenamed,
    TaskUnplaced,
    TaskVariableRenamed,
    VersionNoted,
    VersionRetired,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowDescribed,
    WorkflowEvent,
    WorkflowLimitSet,
    WorkflowRenamed,
    WorkflowTakenOutOfService,
    WorkflowTimeLimitSet,
    WorkflowUnarchived,
)
from domain.workflows.state import (
    INITIAL,
    Archived,
    Draft,
    InService,
    Workflow,
    active_version,
    evolve,
    open_design,
)
from domain.workflows.subject import WORKFLOWS
from domain.workflows.touching import touched
from tests.domain.workflows.drawn import AT, MEMBER, WORKFLOW, code, design, edge, fold, gives, link, told, variable

A_TO_B, B_TO_OUTPUT = edge("a.out", "b.text"), edge("b.out", "outputs.y")
ANY_EVENTS: list[WorkflowEvent] = [
    WorkflowCreated(name="Invoices"),
    WorkflowRenamed(name="Bills"),
    *(EditsSubmitted(member_id=MEMBER, edits=edits, purpose="edit") for edits in (0, 1, 3)),
    WorkflowDescribed(description="d"),
    WorkflowLimitSet(heavy_at_once_max=1),
    WorkflowTimeLimitSet(time_limit_seconds=60.0),
    *(TaskAdded(task=name, kind=kind) for name in ("a", "b") for kind in ("code", "gone")),
    TaskAdded(task="b", kind="code", before="a"),
    TaskConfigured(task="a", config={"code": 1}),
    TaskDescribed(task="b", label="B"),
    TaskPolicySet(task="a", policy=Policy(join="any")),
    *(TaskInputSet(task="b", input="text", setting=InputSetting(gather=gather)) for gather in (True, False)),
    TaskMoved(task="a", place=Place(x=1, y=2)),
    TaskUnplaced(task="a"),
    TaskOutputsPinned(task="a", outputs={"out": "o"}),
    TaskOutputsUnpinned(task="a"),
    TaskVariableRenamed(task="a", direction="output", variable="out", name="text"),
    TaskVariableRenamed(task="b", direction="input", variable="text", name="out"),
    NotePlaced(note="n", text="t", place=Place(x=1, y=2)),
    NoteRemoved(note="n"),
    *(TaskRenamed(task=old, name=new) for old, new in (("a", "b"), ("b", "a"), ("a", "a"), ("c", "a"))),
    *(TaskRemoved(task=name) for name in ("a", "b")),
    EdgeConnected(edge=A_TO_B),
    EdgeConnected(edge=B_TO_OUTPUT, before=A_TO_B),
    EdgeConnected(edge=Edge(path=("x", "y"), target="b", input="text"), before=A_TO_B),
    EdgeDisconnected(edge=A_TO_B),
    InputDeclared(input=variable("x")),
    InputDeclared(input=variable("z"), before="x"),
    *(InputRenamed(input=old, name=new) for old, new in (("x", "z"), ("z", "x"))),
    InputRemoved(input="x"),
    OutputDeclared(output=variable("y"), gather=True),
    *(OutputRenamed(output=old, name=new) for old, new in (("y", "z"), ("z", "y"))),
    OutputRemoved(output="y"),
    WorkflowActivated(number=1, graph="g", rules=1, content="c"),
    VersionRetired(number=1, replaced_by=2),
    WorkflowTakenOutOfService(number=1, reason="r"),
    VersionNoted(number=1, note="n"),
    RevisionOpened(number=1),
    DraftDiscarded(reason="r"),
    WorkflowArchived(reason="r"),
    WorkflowUnarchived(reason="r"),
]
FIRST = (code("a"), gives("y"), link("a.out", "outputs.y"))


def create(*operations: ops.Operation, name: str = "Invoices") -> CreateWorkflow:
    return CreateWorkflow(workflow_id=WORKFLOW, at=AT, member_id=MEMBER, name=name, operations=operations)


def change(*operations: ops.Operation, expected: int | None = None) -> EditWorkflow:
    return EditWorkflow(workflow_id=WORKFLOW, at=AT, member_id=MEMBER, operations=operations, expected_version=expected)


def activate(drawn: Design | None, *findings: OutsideFinding, expected: int | None = None) -> ActivateWorkflow:
    graph = "" if drawn is None else graph_hash(graph_bytes(compile_design(drawn)))
    return ActivateWorkflow(
        workflow_id=WORKFLOW, at=AT, graph=graph, findings=findings, note="go", expected_version=expected
    )


def drafted(*operations: ops.Operation) -> Draft:
    workflow = told(INITIAL, create(*(operations or FIRST)))[1]
    assert isinstance(workflow, Draft)
    return workflow


def in_service() -> InService:
    draft = drafted()
    workflow = told(draft, activate(draft.design))[1]
    assert isinstance(workflow, InService)
    return workflow


def archived() -> Archived:
    workflow = told(in_service(), ArchiveWorkflow(workflow_id=WORKFLOW, at=AT))[1]
    assert isinstance(workflow, Archived)
    return workflow


def refused(workflow: Workflow, command: Any) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        decide(command, workflow)
    return refusal.value


def test_a_workflow_is_created_with_an_empty_draft() -> None:
    events, workflow = told(INITIAL, create())
    assert events == [WorkflowCreated(name="Invoices")]
    assert isinstance(workflow, Draft)
    assert workflow.design == Design()
    assert (workflow.known.name, workflow.known.version, workflow.number) == ("Invoices", 1, 1)


def test_a_workflow_is_created_as_the_edits_make_it() -> None:
    events, workflow = told(INITIAL, create(*FIRST))
    assert events[1] == EditsSubmitted(member_id=MEMBER, edits=3, purpose="edit")
    assert len(events) == 5
    assert open_design(workflow) == design(*FIRST)


def test_a_workflow_cannot_be_created_twice() -> None:
    refusal = refused(drafted(), create(name="Other"))
    assert refusal.message == f"Expected a new workflow, but {WORKFLOW} was created before, named Invoices."


@pytest.mark.parametrize("name", ["", "  ", "a\nb", "x" * 201])
def test_a_name_that_cannot_be_shown_is_refused(name: str) -> None:
    assert refused(INITIAL, create(name=name)).code == "WORKFLOW_NAME_REFUSED"
    assert refused(drafted(), RenameWorkflow(workflow_id=WORKFLOW, at=AT, name=name)).code == "WORKFLOW_NAME_REFUSED"


def test_a_workflow_is_renamed_whatever_its_versions_are() -> None:
    command = RenameWorkflow(workflow_id=WORKFLOW, at=AT, name="Bills")
    for workflow in (drafted(), in_service()):
        events, later = told(workflow, command)
        assert events == [WorkflowRenamed(name="Bills")]
        assert told(later, command)[0] == []


@pytest.mark.parametrize(
    "command",
    [
        RenameWorkflow(workflow_id=WORKFLOW, at=AT, name="B"),
        change(),
        activate(None),
        ReviseWorkflow(workflow_id=WORKFLOW, at=AT),
        ArchiveWorkflow(workflow_id=WORKFLOW, at=AT),
    ],
)
def test_a_workflow_that_is_not_there_is_not_found(command: Any) -> None:
    refusal = refused(INITIAL, command)
    assert refusal.message == f"Expected a workflow with id {WORKFLOW}, but there is none."


@pytest.mark.parametrize(
    "command",
    [
        RenameWorkflow(workflow_id=WORKFLOW, at=AT, name="B"),
        change(),
        activate(None),
        ReviseWorkflow(workflow_id=WORKFLOW, at=AT),
    ],
)
def test_an_archived_workflow_stays_as_it_is(command: Any) -> None:
    assert refused(archived(), command).message == "Expected a workflow in use, but Invoices is archived."


def test_edits_take_effect_together_or_not_at_all() -> None:
    start = drafted()
    events, later = told(start, change(code("b"), ops.RemoveTask(task="b"), ops.DescribeWorkflow(description="d")))
    assert [event.wire for event in events] == [
        "workflow.edits_submitted.v1",
        "workflow.task_added.v1",
        "workflow.task_removed.v1",
        "workflow.described.v1",
    ]
    assert isinstance(later, Draft)
    assert later.known.version == start.known.version + 4
    assert refused(start, change(code("b"), ops.RemoveTask(task="z"))).code == "TASK_UNKNOWN"


def test_an_active_version_is_locked() -> None:
    refusal = refused(in_service(), change(ops.DescribeWorkflow(description="d")))
    assert refusal.message == ("Expected an open draft, but version 1 is locked; open a revision of it first.")


def test_two_people_editing_different_things_both_succeed() -> None:
    start = drafted()
    _, later = told(start, change(ops.DescribeTask(task="a", label="A"), expected=start.known.version))
    events, _ = told(later, change(ops.DescribeWorkflow(description="d"), expected=start.known.version))
    version = start.known.version
    submitted = EditsSubmitted(member_id=MEMBER, edits=1, purpose="edit", expected_version=version)
    assert events == [submitted, WorkflowDescribed(description="d")]


def test_the_second_of_two_people_editing_the_same_thing_is_told_what_changed() -> None:
    start = drafted()
    _, later = told(start, change(ops.DescribeTask(task="a", label="A"), code("b"), expected=5))
    refusal = refused(later, change(ops.DescribeTask(task="a", label="B"), expected=5))
    assert refusal.message == (
        "Expected the workflow as it was at version 5, but it is at version 8, and since then others changed tasks.a.settings."
    )
    assert told(later, change(ops.DescribeTask(task="a", label="B"), expected=8))[0] != []
    assert told(later, change(ops.DescribeTask(task="a", label="B")))[0] != []


def test_an_edit_of_what_others_removed_says_so() -> None:
    _, later = told(drafted(), change(ops.RemoveTask(task="a")))
    assert refused(later, change(ops.DescribeTask(task="a", label="A"), expected=5)).message == (
        "Expected the workflow as it was at version 5, but it is at version 8, and since then others changed "
        "tasks.a, outputs.y.from."
    )


def test_activating_locks_the_draft_as_a_version() -> None:
    draft = drafted()
    command = activate(draft.design)
    events, workflow = told(draft, command)
    assert events == [
        WorkflowActivated(number=1, graph=command.graph, rules=1, content=draft.design.content_hash(), note="go")
    ]
    version = active_version(workflow)
    assert version is not None
    assert (version.number, version.graph, version.design) == (1, command.graph, draft.design)
    assert open_design(workflow) is None


def test_activating_twice_is_not_an_error() -> None:
    assert told(in_service(), activate(None))[0] == []


def test_activating_is_refused_while_an_error_stands_and_all_are_named() -> None:
    draft = drafted(code("a", (variable("x"), variable("z"))), gives("y"))
    refusal = refused(draft, activate(None))
    assert refusal.code == "WORKFLOW_HAS_ERRORS"
    assert [detail.path for detail in refusal.details] == ["tasks.a.inputs.x", "tasks.a.inputs.z"]
    assert refusal.message == (
        "Expected a workflow without errors, but 2 of its checks stand against activating it, "
        "the first of them at tasks.a.inputs.x."
    )


def test_what_was_found_outside_stands_against_activating() -> None:
    draft = drafted()
    finding = OutsideFinding(task="a", path="code", message="name x is not defined", line=3)
    refusal = refused(draft, activate(draft.design, finding))
    assert [detail.message for detail in refusal.details] == [
        "Expected code that can run for tasks.a.code, but got at line 3: name x is not defined."
    ]


def test_a_graph_of_another_draft_is_refused() -> None:
    draft = drafted()
    _, later = told(draft, change(ops.DescribeTask(task="a", label="A")))
    assert refused(later, activate(draft.design)).code == "GRAPH_DIFFERS"


def test_activating_what_others_have_changed_is_refused() -> None:
    draft = drafted()
    _, later = told(draft, change(ops.MoveTask.model_validate({"task": "a", "place": {"x": 1, "y": 1}})))
    refusal = refused(later, activate(draft.design, expected=5))
    assert refusal.message.endswith("it is at version 7, and since then others changed tasks.a.place.")


def test_warnings_do_not_block_and_are_recorded() -> None:
    draft = drafted(code("a"))
    events, _ = told(draft, activate(draft.design))
    assert events[0].warnings == ("OUTPUT_UNUSED",)


def test_a_revision_is_a_copy_while_the_active_version_keeps_running() -> None:
    workflow = in_service()
    events, revised = told(workflow, ReviseWorkflow(workflow_id=WORKFLOW, at=AT))
    assert events == [RevisionOpened(number=1)]
    assert open_design(revised) == workflow.active.design
    _, edited = told(revised, change(ops.DescribeTask(task="a", label="A")))
    version = active_version(edited)
    assert version is not None
    assert version.design == workflow.active.design
    assert open_design(edited) != workflow.active.design


def test_a_first_draft_cannot_be_revised() -> None:
    refusal = refused(drafted(), ReviseWorkflow(workflow_id=WORKFLOW, at=AT))
    assert refusal.message.startswith("Expected an active version to revise")


def test_opening_a_revision_twice_is_not_an_error() -> None:
    _, revised = told(in_service(), ReviseWorkflow(workflow_id=WORKFLOW, at=AT))
    assert told(revised, ReviseWorkflow(workflow_id=WORKFLOW, at=AT))[0] == []


def test_activating_a_revision_retires_the_version_before() -> None:
    _, revised = told(in_service(), ReviseWorkflow(workflow_id=WORKFLOW, at=AT))
    _, edited = told(revised, change(ops.DescribeTask(task="a", label="A")))
    drawn = open_design(edited)
    assert drawn is not None
    events, later = told(edited, activate(drawn))
    assert [event.wire for event in events] == ["workflow.activated.v1", "workflow.version_retired.v1"]
    assert events[1] == VersionRetired(number=1, replaced_by=2)
    version = active_version(later)
    assert version is not None
    assert (version.number, version.design) == (2, drawn)


def test_a_workflow_is_archived_once_with_its_reason() -> None:
    command = ArchiveWorkflow(workflow_id=WORKFLOW, at=AT, reason="no longer used")
    for workflow in (drafted(), in_service()):
        events, later = told(workflow, command)
        assert events == [WorkflowArchived(reason="no longer used")]
        assert active_version(later) is None
        assert told(later, command)[0] == []


def test_a_command_of_another_subject_is_a_mistake_of_ours() -> None:
    with pytest.raises(TypeError, match="Expected a command for workflows"):
        decide(object(), INITIAL)  # type: ignore[arg-type]


def test_the_fold_of_stored_events_is_the_state_that_was_decided_on() -> None:
    workflow = WORKFLOWS.initial(None)
    stored: list[tuple[str, str]] = []
    for command in (create(*FIRST), change(ops.RenameTask(task="a", name="b")), change(code("c"))):
        for event in WORKFLOWS.decide(command, workflow):
            stored.append((event.wire, event.model_dump_json()))
            workflow = WORKFLOWS.evolve(workflow, event)
    assert fold(*(EVENTS[wire].model_validate_json(state) for wire, state in stored)) == workflow  # type: ignore[arg-type]


def test_the_things_an_event_changes_are_named_for_every_event() -> None:
    recorded = {event.wire for event in ANY_EVENTS}
    assert recorded == {wire for wire in EVENTS if wire.startswith("workflow.")}
    assert all(touched(event) for event in ANY_EVENTS if not isinstance(event, EditsSubmitted))


@given(st.lists(st.sampled_from(ANY_EVENTS), max_size=30))
def test_any_recorded_event_can_be_applied_to_any_workflow(events: list[Any]) -> None:
    workflow: Workflow = INITIAL
    for event in events:
        workflow = evolve(workflow, event)
    assert events == [] or workflow is not INITIAL
