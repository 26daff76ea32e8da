"""The shapes a workflow can have, and how each event leads from one to the next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import assert_never

from domain.workflows.design import Design
from domain.workflows.drawing import draw
from domain.workflows.events import (
    EdgeConnected,
    EdgeDisconnected,
    InputDeclared,
    InputRemoved,
    InputRenamed,
    OutputDeclared,
    OutputRemoved,
    OutputRenamed,
    RevisionOpened,
    TaskRenamed,
    VersionRetired,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowDescribed,
    WorkflowEvent,
    WorkflowLimitSet,
    WorkflowRenamed,
    WorkflowTimeLimitSet,
)


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changed, at which version of the stream, and the changes before it."""

    things: tuple[str, ...]
    version: int
    before: Change | None


@dataclass(frozen=True, slots=True)
class NoWorkflow:
    """Nothing was created here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What every workflow has, whatever its shape: its name, its place in its stream, and what changed last."""

    name: str
    version: int  # of the stream
    changes: Change | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A workflow that was never active: it can be edited, and runs no jobs."""

    known: Known
    design: Design
    number: int = 1  # of the version it would become


@dataclass(frozen=True, slots=True)
class Version:
    """One locked state of a workflow."""

    number: int
    graph: str
    content: str
    design: Design


@dataclass(frozen=True, slots=True)
class InService:
    """A workflow whose active version runs jobs; a revision of it may be open."""

    known: Known
    active: Version
    revision: Design | None = None

    @property
    def number(self) -> int:
        """The number of the version that the revision would become."""
        return self.active.number + 1


@dataclass(frozen=True, slots=True)
class Archived:
    """A workflow that was put away, as it then was."""

    known: Known
    last: Draft | InService


Workflow = NoWorkflow | Draft | InService | Archived
INITIAL = NoWorkflow()


def evolve(workflow: Workflow, event: WorkflowEvent) -> Workflow:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(workflow, NoWorkflow):
        known = Known(name=event.name if isinstance(event, WorkflowCreated) else "", version=0, changes=None)
        return Draft(known=_after(known, event), design=Design())
    if isinstance(workflow, Archived):
        return replace(workflow, known=_after(workflow.known, event))
    known = _after(workflow.known, event)
    match event:
        case WorkflowCreated() | WorkflowRenamed() | VersionRetired():
            return replace(workflow, known=known)
        case WorkflowActivated():
            version = Version(event.number, event.graph, event.content, _drawn(workflow))
            return InService(known=known, active=version)
        case RevisionOpened():
            if isinstance(workflow, InService):
                return replace(workflow, known=known, revision=workflow.active.design)
            return replace(workflow, known=known)
        case WorkflowArchived():
            return Archived(known=known, last=workflow)
        case _:
            design = draw(_drawn(workflow), event)
            if isinstance(workflow, InService):
                return replace(workflow, known=known, revision=design)
            return replace(workflow, known=known, design=design)


def open_design(workflow: Workflow) -> Design | None:
    """The design that can be edited now: the draft's or the open revision's."""
    match workflow:
        case Draft():
            return workflow.design
        case InService():
            return workflow.revision
        case NoWorkflow() | Archived():
            return None
        case _:
            assert_never(workflow)


def active_version(workflow: Workflow) -> Version | None:
    """The version that jobs start on now; none of an archived workflow."""
    return workflow.active if isinstance(workflow, InService) else None


def changed_since(workflow: Draft | InService, version: int) -> Iterator[str]:
    """The things that changed after a version of the stream, last first."""
    change = workflow.known.changes
    while change is not None and change.version > version:
        yield from change.things
        change = change.before


def things(event: WorkflowEvent) -> tuple[str, ...]:
    """What an event changes, so that two edits of the same thing can be told from edits of different things."""
    match event:
        case WorkflowDescribed():
            return ("the workflow's description",)
        case WorkflowLimitSet():
            return ("the workflow's limit",)
        case WorkflowTimeLimitSet():
            return ("the workflow's time limit",)
        case EdgeConnected() | EdgeDisconnected():
            return (event.edge.end,)
        case InputDeclared():
            return (f"inputs.{event.input.name}",)
        case OutputDeclared():
            return (f"outputs.{event.output.name}",)
        case InputRemoved() | InputRenamed():
            names = (event.input, event.name) if isinstance(event, InputRenamed) else (event.input,)
            return tuple(f"inputs.{name}" for name in names)
        case OutputRemoved() | OutputRenamed():
            names = (event.output, event.name) if isinstance(event, OutputRenamed) else (event.output,)
            return tuple(f"outputs.{name}" for name in names)
        case TaskRenamed():
            return (event.task, event.name)
        case WorkflowCreated() | WorkflowRenamed():
            return ("the workflow's name",)
        case WorkflowActivated() | VersionRetired() | RevisionOpened() | WorkflowArchived():
            return ("the workflow's versions",)
        case _:
            return (event.task,)


def _drawn(workflow: Draft | InService) -> Design:
    if isinstance(workflow, Draft):
        return workflow.design
    return workflow.active.design if workflow.revision is None else workflow.revision


def _after(known: Known, event: WorkflowEvent) -> Known:
    version = known.version + 1
    name = event.name if isinstance(event, WorkflowRenamed) else known.name
    return Known(name=name, version=version, changes=Change(things(event), version, known.changes))
