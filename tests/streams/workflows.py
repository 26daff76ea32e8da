"""The golden workflows: streams of edits as they were stored, and how the workflow stood after each.

A story that was written once is never changed, for its stream is kept as it was written; new events get stories of their own:
`python -m tests.streams.workflows` writes what is not there yet.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from domain.workflows import commands as ask
from domain.workflows import operations as ops
from domain.workflows.compile import compile_design, graph_bytes, graph_hash
from domain.workflows.decide import decide
from domain.workflows.design import Place
from domain.workflows.state import INITIAL, NoWorkflow, Workflow, evolve, last_version, open_design
from tests.domain.workflows.drawn import AT, MEMBER, OTHER, WORKFLOW, code, edge, gives, link, review, takes, variable

FOLDER = Path(__file__).parents[1] / "golden" / "workflows"
AND: dict[str, Any] = {"workflow_id": WORKFLOW, "at": AT}

Tell = Callable[[ask.WorkflowCommand], Workflow]


def standing(workflow: Workflow) -> dict[str, Any]:
    """How a workflow stands, in words that do not depend on how its state is kept."""
    assert not isinstance(workflow, NoWorkflow)
    design, version = open_design(workflow), last_version(workflow)
    return {
        "shape": type(workflow).__name__,
        "name": workflow.known.name,
        "version": workflow.known.version,
        "draft": None if design is None else {"form": design.form(), "content": design.content_hash()},
        "last": None if version is None else {"number": version.number, "content": version.content},
        "versions": [[one.number, one.content, one.graph, one.note] for one in workflow.known.versions],
        "undo": {str(member): len(stacks.undo) for member, stacks in workflow.known.history.stacks.items()},
        "redo": {str(member): len(stacks.redo) for member, stacks in workflow.known.history.stacks.items()},
    }


def _edited(tell: Tell) -> None:
    def edit(*operations: ops.Operation, by: Any = MEMBER) -> None:
        tell(ask.EditWorkflow(**AND, member_id=by, operations=operations, message="so"))

    inputs = (variable("text"), variable("more", required=False))
    tell(
        ask.CreateWorkflow(
            **AND,
            member_id=MEMBER,
            name="Invoices",
            operations=(takes("x"), gives("y"), code("a"), code("b", inputs), link("a.out", "b.text")),
        )
    )
    edit(review("r", "a"), ops.DisconnectEdge(edge=edge("a.out", "b.text")), link("r.out", "b.text"))
    edit(ops.RenameVariable(task="a", direction="output", variable="out", name="found"), by=OTHER)
    edit(link("inputs.x", "b.text"), link("inputs.x", "b.text", before="r.found"), link("b.out", "outputs.y"))
    edit(ops.DuplicateTask(task="b", name="c", place=Place(x=1, y=2)), ops.PinOutputs(task="a", outputs={"found": "f"}))
    edit(ops.PlaceNote(note="n", text="why", place=Place(x=0, y=0)), takes("w"), by=OTHER)
    edit(
        ops.DeclareInput(input=variable("w"), before="x"), ops.RenameTask(task="c", name="d"), ops.RemoveTask(task="a")
    )
    tell(ask.UndoEdit(**AND, member_id=MEMBER))
    tell(ask.UndoEdit(**AND, member_id=OTHER))
    tell(ask.UndoEdit(**AND, member_id=MEMBER))
    tell(ask.RedoEdit(**AND, member_id=MEMBER))
    edit(ops.UnpinOutputs(task="a"), ops.UnplaceTask(task="c"), ops.RemoveTask(task="c"))


def _turned(tell: Tell) -> None:
    def activate(workflow: Workflow, note: str) -> Workflow:
        design = open_design(workflow)
        assert design is not None
        graph = graph_hash(graph_bytes(compile_design(design)))
        return tell(ask.ActivateWorkflow(**AND, graph=graph, note=note))

    first = (code("a"), gives("y"), link("a.out", "outputs.y"))
    begun = tell(ask.CreateWorkflow(**AND, member_id=MEMBER, name="Invoices", operations=first))
    version = last_version(activate(begun, "first"))
    assert version is not None
    tell(ask.ReviseWorkflow(**AND))
    more = (code("b"), gives("z"), link("b.out", "outputs.z"))
    activate(tell(ask.EditWorkflow(**AND, member_id=OTHER, operations=more)), "second")
    tell(ask.NoteVersion(**AND, number=1, note="the one the auditors saw"))
    tell(ask.RestoreVersion(**AND, member_id=MEMBER, number=1, design=version.design))
    tell(ask.DiscardDraft(**AND, reason="no"))
    tell(ask.RetireWorkflow(**AND, reason="old"))
    tell(ask.ArchiveWorkflow(**AND))
    tell(ask.UnarchiveWorkflow(**AND))
    tell(ask.ReviseWorkflow(**AND))


STORIES: dict[str, Callable[[Tell], None]] = {"edited": _edited, "turned": _turned}


def told(story: Callable[[Tell], None]) -> dict[str, Any]:
    """A story as it is kept."""
    workflow: Workflow = INITIAL
    events: list[dict[str, Any]] = []

    def tell(command: ask.WorkflowCommand) -> Workflow:
        nonlocal workflow
        for event in decide(command, workflow):
            events.append({"wire": event.wire, "state": json.loads(event.model_dump_json())})
            workflow = evolve(workflow, event)  # type: ignore[arg-type]
        return workflow

    story(tell)
    return {"events": events, "stood": standing(workflow)}


def main() -> None:
    """Writes every story that has no file."""
    for name, story in STORIES.items():
        file = FOLDER / f"{name}.json"
        if not file.exists():
            file.write_text(json.dumps(told(story), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
            sys.stdout.write(f"{name}\n")


if __name__ == "__main__":
    main()
