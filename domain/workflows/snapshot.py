"""A workflow's state as plain JSON and back, with all that members can take back: so that a long stream need not be folded anew."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, assert_never
from uuid import UUID

from pydantic import TypeAdapter

from domain.workflows.design import Design, read_design
from domain.workflows.history import CHANGES_KEPT_MAX, Batch, Change, History, Stacks, changed_after
from domain.workflows.inverting import Operations
from domain.workflows.operations import Operation
from domain.workflows.state import (
    INITIAL,
    Archived,
    Draft,
    InService,
    InUse,
    Known,
    Locked,
    NoWorkflow,
    OutOfService,
    Version,
    Workflow,
)
from domain.workflows.touching import Thing

Form = dict[str, Any]

_OPERATIONS: TypeAdapter[list[Operation]] = TypeAdapter(list[Operation])


def dump(workflow: Workflow) -> Form:
    """The state after a whole batch, as JSON."""
    match workflow:
        case NoWorkflow():
            return {"shape": "none"}
        case Archived():
            return {"shape": "archived", "known": _known(workflow.known), "last": dump(workflow.last)}
        case Draft():
            form = {"shape": "draft", "design": workflow.design.form(), "number": workflow.number}
        case InService():
            form = {"shape": "in_service", "version": _version(workflow.active), **_revision(workflow.revision)}
        case OutOfService():
            form = {"shape": "out_of_service", "version": _version(workflow.last), **_revision(workflow.revision)}
        case _:
            assert_never(workflow)
    return {**form, "known": _known(workflow.known)}


def load(form: Mapping[str, Any], _content: Any = None) -> Workflow:
    """The state that was dumped."""
    if form["shape"] == "none":
        return INITIAL
    if form["shape"] == "archived":
        return Archived(known=_read_known(form["known"]), last=_load_in_use(form["last"]))
    return _load_in_use(form)


def size(workflow: Workflow) -> int:
    """How many parts it has."""
    match workflow:
        case NoWorkflow():
            return 0
        case Archived():
            return size(workflow.last)
        case Draft():
            designs = [workflow.design]
        case InService() | OutOfService():
            version = workflow.active if isinstance(workflow, InService) else workflow.last
            designs = [version.design, *(() if workflow.revision is None else (workflow.revision,))]
        case _:
            assert_never(workflow)
    history = workflow.known.history
    return (
        sum(len(one.tasks) + len(one.edges) for one in designs)
        + history.operations
        + min(workflow.known.version, CHANGES_KEPT_MAX)
    )


def _load_in_use(form: Mapping[str, Any]) -> InUse:
    known = _read_known(form["known"])
    if form["shape"] == "draft":
        return Draft(known=known, design=read_design(form["design"]), number=form["number"])
    version = Version(**{**form["version"], "design": read_design(form["version"]["design"])})
    revision = None if form["revision"] is None else read_design(form["revision"])
    if form["shape"] == "in_service":
        return InService(known=known, active=version, revision=revision)
    return OutOfService(known=known, last=version, revision=revision)


def _version(version: Version) -> Form:
    return {
        "number": version.number,
        "graph": version.graph,
        "content": version.content,
        "design": version.design.form(),
    }


def _revision(design: Design | None) -> Form:
    return {"revision": None if design is None else design.form()}


def _known(known: Known) -> Form:
    return {
        "name": known.name,
        "version": known.version,
        "versions": [[one.number, one.content, one.graph, one.note] for one in known.versions],
        "history": _history(known.history, known.version),
    }


def _read_known(form: Mapping[str, Any]) -> Known:
    return Known(
        name=form["name"],
        version=form["version"],
        versions=tuple(Locked(*one) for one in form["versions"]),
        history=_read_history(form["history"]),
    )


def _history(history: History, version: int) -> Form:
    return {
        "changes": [
            [
                change.version,
                change.wire,
                None if change.member_id is None else str(change.member_id),
                _things(change.things),
            ]
            for change in changed_after(history, version - CHANGES_KEPT_MAX)
        ],
        "latest": [[*whole, list(parts.items())] for whole, parts in history.latest.items()],
        "stacks": {str(member): _stacks(stacks) for member, stacks in history.stacks.items()},
        "operations": history.operations,
    }


def _read_history(form: Mapping[str, Any]) -> History:
    changes: Change | None = None
    for version, wire, member, things in reversed(form["changes"]):
        member_id = None if member is None else UUID(member)
        changes = Change(_read_things(things), version, wire, member_id, changes)
    return History(
        changes=changes,
        latest={(kind, name): dict(map(tuple, parts)) for kind, name, parts in form["latest"]},
        stacks={UUID(member): _read_stacks(stacks, UUID(member)) for member, stacks in form["stacks"].items()},
        operations=form["operations"],
    )


def _stacks(stacks: Stacks) -> Form:
    return {
        "undo": [_batch(batch) for batch in stacks.undo],
        "redo": [_batch(batch) for batch in stacks.redo],
        "too_many": stacks.too_many,
        "operations": stacks.operations,
    }


def _read_stacks(form: Mapping[str, Any], member_id: UUID) -> Stacks:
    return Stacks(
        undo=tuple(_read_batch(batch, member_id) for batch in form["undo"]),
        redo=tuple(_read_batch(batch, member_id) for batch in form["redo"]),
        too_many=form["too_many"],
        operations=form["operations"],
    )


def _batch(batch: Batch) -> Form:
    return {
        "first": batch.first,
        "last": batch.last,
        "purpose": batch.purpose,
        "made": batch.made,
        "inverse": [_operation(operation) for operation in batch.inverse],
        "standing": [[_thing(thing), list(stood)] for thing, stood in batch.standing.items()],
        "net_before": [[_thing(thing), at] for thing, at in batch.net_before.items()],
    }


def _read_batch(form: Mapping[str, Any], member_id: UUID) -> Batch:
    return Batch(
        first=form["first"],
        last=form["last"],
        member_id=member_id,
        purpose=form["purpose"],
        made=form["made"],
        inverse=_read_operations(form["inverse"]),
        standing={Thing(*thing): frozenset(map(tuple, stood)) for thing, stood in form["standing"]},
        net_before={Thing(*thing): at for thing, at in form["net_before"]},
    )


def _operation(operation: Operation) -> Form:
    # What is not named stays as it is: so the difference is kept.
    return {"do": operation.do, **operation.model_dump(mode="json", exclude_unset=True)}


def _read_operations(forms: Iterable[Any]) -> Operations:
    return tuple(_OPERATIONS.validate_python(list(forms)))


def _things(things: Iterable[Thing]) -> list[list[str | None]]:
    return [_thing(thing) for thing in things]


def _read_things(forms: Iterable[Any]) -> tuple[Thing, ...]:
    return tuple(Thing(*thing) for thing in forms)


def _thing(thing: Thing) -> list[str | None]:
    return [thing.kind, thing.name, thing.part]
