"""Edits that were made on an older version: merged where nothing they touch was changed since, else refused with what was."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from uuid import UUID

from domain.refusals import Detail
from domain.workflows.events import WorkflowEvent
from domain.workflows.history import CHANGES_KEPT_MAX, Change, changed_after
from domain.workflows.refusals import VersionNotReached, WorkflowMoved
from domain.workflows.state import InUse, Known
from domain.workflows.touching import VERSIONS, Thing, touched

Changed = tuple[Thing, Change]
"""Something that was changed, and how."""

CHANGES_NAMED_MAX = 10
DETAILS_MAX = 100


def refuse_overlap(workflow_id: UUID, workflow: InUse, expected: int | None, events: Iterable[WorkflowEvent]) -> None:
    """Refuses events that touch what was changed after the version they were made on."""
    if expected is None:
        return
    about = {thing for event in events for thing in touched(event)}
    changed = [
        (thing, change)
        for thing, change in _changed_since(workflow.known, expected)
        if any(thing.overlaps(other) for other in about)
    ]
    _refuse_changed(workflow_id, workflow.known, expected, changed)


def refuse_any_change(workflow_id: UUID, workflow: InUse, expected: int | None) -> None:
    """Refuses a draft that is another than at the version it was looked at."""
    if expected is None:
        return
    changed = [
        (thing, change)
        for thing, change in _changed_since(workflow.known, expected)
        if thing == VERSIONS or thing.kind not in ("name", "versions")
    ]
    _refuse_changed(workflow_id, workflow.known, expected, changed)


def details_of(workflow_id: UUID, expected: int, changed: Iterable[Changed]) -> tuple[Detail, ...]:
    """A detail for each change that stands in the way, the last first: what it changed, which event, by whom."""
    details: list[Detail] = []
    for thing, change in islice(changed, DETAILS_MAX):
        by = "" if change.member_id is None else f" by {change.member_id}"
        found = f"{change.wire.split('.')[1]} at version {change.version}{by}"
        event = f"{workflow_id}:{change.version}"
        details.append(
            Detail(thing.path, f"it as at version {expected}", found, event=event, member_id=change.member_id)
        )
    return tuple(details)


def named(changed: Sequence[Changed]) -> str:
    """The things as text: the first of them, and how many more."""
    paths = list(dict.fromkeys(thing.path for thing, _ in changed))
    more = f" and {len(paths) - CHANGES_NAMED_MAX} more" if len(paths) > CHANGES_NAMED_MAX else ""
    return ", ".join(paths[:CHANGES_NAMED_MAX]) + more


def _changed_since(known: Known, expected: int) -> Iterator[Changed]:
    if expected > known.version:
        raise VersionNotReached(expected=expected, found=known.version)
    if expected < known.version - CHANGES_KEPT_MAX:
        raise WorkflowMoved(expected=expected, found=known.version, changed=f"more than {CHANGES_KEPT_MAX} things")
    for change in changed_after(known.history, expected):
        for thing in change.things:
            yield thing, change


def _refuse_changed(workflow_id: UUID, known: Known, expected: int, changed: Sequence[Changed]) -> None:
    if changed:
        raise WorkflowMoved(
            expected=expected,
            found=known.version,
            changed=named(changed),
            details=details_of(workflow_id, expected, changed),
        )
