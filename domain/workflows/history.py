"""What a workflow remembers of its edits: who changed what and when, and what each member can take back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import UUID

from domain.workflows import events
from domain.workflows.design import Design
from domain.workflows.events import DraftEvent, EditsSubmitted, Purpose, WorkflowEvent
from domain.workflows.inverting import Operations, inverse
from domain.workflows.operations import Operation
from domain.workflows.touching import Thing, ThingKind, touched

UNDO_BATCHES_MAX = 1_000
"""So many batches each member can take back one after another."""
UNDO_OPERATIONS_MAX = 20_000
"""So many operations are kept for that in a workflow; a batch that needs more of its own cannot be taken back."""
CHANGES_KEPT_MAX = 10_000
"""So many of the last changes are known one by one; an edit made on an older version meets all the others as one."""

Whole = tuple[ThingKind, str]
"""What a thing is, without its part."""
Latest = Mapping[Whole, Mapping[str | None, int]]
"""The version at which each thing changed last, by its parts. What was taken back since does not count."""
Standing = frozenset[tuple[str | None, int]]
"""How a thing stands: the parts that overlap it, and when each changed last. Where that is the same, so is the thing."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one event changed, at which version of the stream, by whom (where that is known), and the changes before it."""

    things: tuple[Thing, ...]
    version: int
    wire: str
    member_id: UUID | None
    before: Change | None = field(repr=False, compare=False)  # told apart by what is last: versions never repeat


@dataclass(frozen=True, slots=True)
class _Inverse:
    """The inverse of the edits of a batch so far, the last edit first."""

    operations: Operations
    rest: _Inverse | None = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Submitting:
    """A batch whose edits are being folded, and how many of them are still to come."""

    submitted: EditsSubmitted
    first: int
    edits_left: int
    inverse: _Inverse | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Edits that were submitted together and can be taken back, from the event that says so to the last of them."""

    first: int
    last: int
    member_id: UUID
    purpose: Purpose
    inverse: Operations
    made: int  # the version of its last edit; of one that takes back another, that of the other
    standing: Mapping[Thing, Standing]  # how each of its things stood after it
    net_before: Mapping[Thing, int]  # when each of them had changed last before


@dataclass(frozen=True, slots=True)
class Stacks:
    """What a member can take back, and bring back: the last of each is the next. `too_many`: the last batch, too large to be kept."""

    undo: tuple[Batch, ...] = ()
    redo: tuple[Batch, ...] = ()
    too_many: int | None = None  # how many edits it had
    operations: int = 0  # of all these batches


@dataclass(frozen=True, slots=True)
class History:
    """What was changed, and what can be taken back."""

    changes: Change | None = None
    latest: Latest = field(default_factory=dict)
    stacks: Mapping[UUID, Stacks] = field(default_factory=dict)
    operations: int = 0  # of all batches on the stacks
    submitting: Submitting | None = None


def after(history: History, event: WorkflowEvent, version: int, design: Design | None) -> History:
    """The history after an event, which is at this version of the stream; `design` is what an edit was made of."""
    if isinstance(event, EditsSubmitted):
        submitting: Submitting | None = Submitting(event, version, event.edits)
        history = History(history.changes, history.latest, history.stacks, history.operations, submitting)
        return history if event.edits > 0 else _submitted(history, version)
    submitting = history.submitting
    member_id = None if submitting is None else submitting.submitted.member_id
    things = touched(event)
    changes = Change(things, version, event.wire, member_id, history.changes)
    if isinstance(event, DraftEvent) and submitting is not None and design is not None:
        submitting = _one_more(submitting, inverse(design, event))
        history = History(changes, history.latest, history.stacks, history.operations, submitting)
        return history if submitting.edits_left > 0 else _submitted(history, version)
    changes = _cut(changes, version - 1)
    if isinstance(event, _EMPTYING):
        return History(changes)
    latest = _with(history.latest, dict.fromkeys(things, version)) if isinstance(event, DraftEvent) else history.latest
    return History(changes, latest, history.stacks, history.operations)


def changed_after(history: History, version: int) -> Iterator[Change]:
    """What changed after a version of the stream, last first."""
    change = history.changes
    while change is not None and change.version > version:
        yield change
        change = change.before


def newest(latest: Latest, thing: Thing) -> int:
    """The version at which something that overlaps a thing changed last; 0 for never."""
    parts = latest.get((thing.kind, thing.name), {})
    if thing.part is None:
        return max(parts.values(), default=0)
    return max(parts.get(thing.part, 0), parts.get(None, 0))


def standing(latest: Latest, thing: Thing) -> Standing:
    """How a thing stands."""
    parts = latest.get((thing.kind, thing.name), {})
    if thing.part is None:
        return frozenset(parts.items())
    return frozenset((part, parts[part]) for part in (thing.part, None) if part in parts)


_EMPTYING = (
    events.WorkflowActivated,
    events.RevisionOpened,
    events.DraftDiscarded,
    events.WorkflowArchived,
)
"""Events after which the draft is another, so that no edit of before can be taken back."""


def _one_more(submitting: Submitting, operations: Operations) -> Submitting:
    left = submitting.edits_left - 1
    return Submitting(submitting.submitted, submitting.first, left, _Inverse(operations, submitting.inverse))


def _submitted(history: History, version: int) -> History:
    """The history when the last edit of a batch is folded."""
    submitting = history.submitting
    if submitting is None:
        return history
    submitted = submitting.submitted
    changed: dict[Thing, int | None] = {
        thing: change.version
        for change in reversed(list(changed_after(history, submitting.first)))
        for thing in change.things
    }
    stacks = history.stacks.get(submitted.member_id, Stacks())
    taken_back = _taken_back(stacks, submitted)
    # What is taken back puts everything at the versions where it was before, as if nothing had happened since.
    things = tuple(changed if taken_back is None else taken_back.standing)
    versions = changed if taken_back is None else {thing: taken_back.net_before.get(thing) for thing in things}
    latest = _with(history.latest, versions)
    batch = Batch(
        first=submitting.first,
        last=version,
        member_id=submitted.member_id,
        purpose=submitted.purpose,
        inverse=tuple(_flat(submitting.inverse)),
        made=version if taken_back is None else taken_back.made,
        standing={thing: standing(latest, thing) for thing in things},
        net_before={thing: at for thing in things if (at := _at(history.latest, thing)) is not None},
    )
    changes = None if history.changes is None else _cut(history.changes, submitting.first)
    return _stacked(
        History(changes, latest, history.stacks, history.operations), batch, _moved(stacks, batch, taken_back)
    )


def _taken_back(stacks: Stacks, submitted: EditsSubmitted) -> Batch | None:
    """The batch on top of a stack that was undone or redone."""
    stack = {"undo": stacks.undo, "redo": stacks.redo}.get(submitted.purpose, ())
    if not stack or submitted.of is None or stack[-1].first != submitted.of.first:
        return None
    return stack[-1]


def _moved(stacks: Stacks, batch: Batch, taken_back: Batch | None) -> Stacks:
    """The member's stacks with the batch, which may have taken back another."""
    if taken_back is None:
        dropped = (*stacks.undo[: max(0, len(stacks.undo) + 1 - UNDO_BATCHES_MAX)], *stacks.redo)
        left = stacks.operations - sum(len(one.inverse) for one in dropped)
        return Stacks(undo=(*stacks.undo, batch)[-UNDO_BATCHES_MAX:], operations=left + len(batch.inverse))
    operations = stacks.operations + len(batch.inverse) - len(taken_back.inverse)
    if batch.purpose == "undo":
        return replace(stacks, undo=stacks.undo[:-1], redo=(*stacks.redo, batch), operations=operations)
    return replace(stacks, undo=(*stacks.undo, batch), redo=stacks.redo[:-1], operations=operations)


def _stacked(history: History, batch: Batch, stacks: Stacks) -> History:
    if len(batch.inverse) > UNDO_OPERATIONS_MAX:
        # What lies under it cannot be taken back before it.
        stacks = Stacks(too_many=batch.last - batch.first)
    known = history.stacks.get(batch.member_id, Stacks())
    all_stacks = {**history.stacks, batch.member_id: stacks}
    operations = history.operations + stacks.operations - known.operations
    while operations > UNDO_OPERATIONS_MAX:
        owner, without = _without_oldest(all_stacks)
        operations += without.operations - all_stacks[owner].operations
        all_stacks[owner] = without
    return History(history.changes, history.latest, all_stacks, operations)


def _without_oldest(all_stacks: Mapping[UUID, Stacks]) -> tuple[UUID, Stacks]:
    first, owner = min(
        (batch.first, owner) for owner, stacks in all_stacks.items() for batch in (*stacks.undo[:1], *stacks.redo[:1])
    )
    stacks = all_stacks[owner]
    if stacks.undo and stacks.undo[0].first == first:
        oldest, without = stacks.undo[0], replace(stacks, undo=stacks.undo[1:])
    else:
        oldest, without = stacks.redo[0], replace(stacks, redo=stacks.redo[1:])
    return owner, replace(without, operations=stacks.operations - len(oldest.inverse))


def _flat(inverse_: _Inverse | None) -> Iterator[Operation]:
    while inverse_ is not None:
        yield from inverse_.operations
        inverse_ = inverse_.rest


def _at(latest: Latest, thing: Thing) -> int | None:
    return latest.get((thing.kind, thing.name), {}).get(thing.part)


def _with(latest: Latest, changed: Mapping[Thing, int | None]) -> Latest:
    """The versions with others for some things; None: never."""
    changing: dict[Whole, dict[str | None, int]] = {}
    for thing, at in changed.items():
        whole = (thing.kind, thing.name)
        parts = changing.setdefault(whole, dict(latest.get(whole, {})))
        if at is None:
            parts.pop(thing.part, None)
        else:
            parts[thing.part] = at
    versions = dict(latest)
    for whole, parts in changing.items():
        if parts:
            versions[whole] = parts
        else:
            versions.pop(whole, None)
    return versions


def _cut(changes: Change, since: int) -> Change:
    """The last changes alone, each time that another so many have come since a version."""
    if changes.version // CHANGES_KEPT_MAX == since // CHANGES_KEPT_MAX:
        return changes
    kept = [change for change, _ in zip(_back(changes), range(CHANGES_KEPT_MAX), strict=False)]
    cut: Change | None = None
    for change in reversed(kept):
        cut = replace(change, before=cut)
    return changes if cut is None else cut


def _back(change: Change | None) -> Iterator[Change]:
    while change is not None:
        yield change
        change = change.before
