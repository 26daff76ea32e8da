"""The shapes a workflow can have, and how each event leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, assert_never

from domain.workflows.design import Design
from domain.workflows.drawing import draw
from domain.workflows.events import (
    DraftDiscarded,
    DraftEvent,
    RevisionOpened,
    VersionNoted,
    WorkflowActivated,
    WorkflowArchived,
    WorkflowCreated,
    WorkflowEvent,
    WorkflowRenamed,
    WorkflowTakenOutOfService,
    WorkflowUnarchived,
)
from domain.workflows.history import History, after


@dataclass(frozen=True, slots=True)
class Locked:
    """What is remembered of every version there was: enough to know its design again."""

    number: int
    content: str
    graph: str
    note: Any = None


@dataclass(frozen=True, slots=True)
class NoWorkflow:
    """Nothing was created here."""


@dataclass(frozen=True, slots=True)
class Known:
    """What every workflow has, whatever its shape: its name, its place in its stream, its versions, and its history."""

    name: str
    version: int  # of the stream
    versions: tuple[Locked, ...] = ()
    history: History = field(default_factory=History)


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
class OutOfService:
    """A workflow that was active and starts no jobs until another version is activated; a revision of its last may be open."""

    known: Known
    last: Version
    revision: Design | None = None

    @property
    def number(self) -> int:
        """The number of the version that the revision would become."""
        return self.last.number + 1


InUse = Draft | InService | OutOfService


@dataclass(frozen=True, slots=True)
class Archived:
    """A workflow that was put away, as it then was."""

    known: Known
    last: InUse


Workflow = NoWorkflow | Draft | InService | OutOfService | Archived
INITIAL = NoWorkflow()


def evolve(workflow: Workflow, event: WorkflowEvent) -> Workflow:
    """Total: every recorded event can be applied, whatever today's rules say."""
    if isinstance(workflow, NoWorkflow):
        known = Known(name=event.name if isinstance(event, WorkflowCreated) else "", version=0)
        return Draft(known=_after(known, event, None), design=Design())
    known = _after(workflow.known, event, None if isinstance(workflow, Archived) else _drawn(workflow))
    if isinstance(workflow, Archived):
        if isinstance(event, WorkflowUnarchived):
            return replace(workflow.last, known=known)
        return replace(workflow, known=known)
    match event:
        case WorkflowActivated():
            version = Version(event.number, event.graph, event.content, _drawn(workflow).without_pins())
            locked = Locked(event.number, event.content, event.graph, event.note)
            return InService(known=replace(known, versions=(*known.versions, locked)), active=version)
        case WorkflowTakenOutOfService() if isinstance(workflow, InService):
            return OutOfService(known=known, last=workflow.active, revision=workflow.revision)
        case RevisionOpened() if not isinstance(workflow, Draft):
            return replace(workflow, known=known, revision=_last(workflow).design)
        case DraftDiscarded() if not isinstance(workflow, Draft):
            return replace(workflow, known=known, revision=None)
        case WorkflowArchived():
            return Archived(known=known, last=workflow)
        case _ if isinstance(event, DraftEvent):
            design = draw(_drawn(workflow), event)
            if isinstance(workflow, Draft):
                return replace(workflow, known=known, design=design)
            return replace(workflow, known=known, revision=design)
        case _:
            return replace(workflow, known=known)


def open_design(workflow: Workflow) -> Design | None:
    """The design that can be edited now: the draft's or the open revision's."""
    match workflow:
        case Draft():
            return workflow.design
        case InService() | OutOfService():
            return workflow.revision
        case NoWorkflow() | Archived():
            return None
        case _:
            assert_never(workflow)


def active_version(workflow: Workflow) -> Version | None:
    """The version that jobs start on now; none of a workflow that was taken out of service or archived."""
    return workflow.active if isinstance(workflow, InService) else None


def last_version(workflow: Workflow) -> Version | None:
    """The version that was activated last, whether jobs still start on it or not."""
    match workflow:
        case InService() | OutOfService():
            return _last(workflow)
        case Archived():
            return last_version(workflow.last)
        case NoWorkflow() | Draft():
            return None
        case _:
            assert_never(workflow)


def _last(workflow: InService | OutOfService) -> Version:
    return workflow.active if isinstance(workflow, InService) else workflow.last


def _drawn(workflow: InUse) -> Design:
    if isinstance(workflow, Draft):
        return workflow.design
    return _last(workflow).design if workflow.revision is None else workflow.revision


def _after(known: Known, event: WorkflowEvent, design: Design | None) -> Known:
    version = known.version + 1
    versions = known.versions
    if isinstance(event, VersionNoted):
        versions = tuple(replace(one, note=event.note) if one.number == event.number else one for one in versions)
    return replace(
        known,
        versions=versions,
        name=event.name if isinstance(event, WorkflowRenamed) else known.name,
        version=version,
        history=after(known.history, event, version, design),
    )
