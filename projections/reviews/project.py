"""How the events of reviews change the rows of the read model `reviews`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from uuid import UUID

from projections.happened import Happened, run_text
from projections.model import Apply, Key, ReadModel, RowMissing
from projections.reviews.rows import (
    NEVER_DUE,
    REVIEW_ASSIGNEES_TABLE,
    REVIEWS_TABLE,
    ReviewAssigneeRow,
    ReviewRow,
    assignees,
)
from projections.rows import Rows

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def _keys(event: Happened) -> Iterable[Key]:
    yield REVIEWS_TABLE, event.stream.int, False


def _requested(rows: Rows, event: Happened) -> None:
    said = event.event
    due_at = None if said.get("due_at") is None else datetime.fromisoformat(said["due_at"])
    review = ReviewRow(
        review_id=event.stream,
        workspace_id=event.workspace,
        position=event.position,
        version=event.version,
        last_position=event.position,
        job_id=UUID(said["job_id"]),
        run=event.run or "",
        task=said["run"]["task"],
        kind=said["kind"],
        reviewed=None if said.get("reviewed") is None else run_text(said["reviewed"]),
        shown=said["shown"],
        guidance=said.get("guidance"),
        members=tuple(map(UUID, said["assignment"].get("members", ()))),
        roles=tuple(said["assignment"].get("roles", ())),
        job_started_by=said.get("job_started_by"),
        requested_at=event.at,
        due_at=due_at,
        preview=said.get("preview", False),
        due_order=NEVER_DUE if due_at is None else (due_at - _EPOCH) // timedelta(microseconds=1),
    )
    rows.add(REVIEWS_TABLE, review)
    for assignee in assignees(review.members, review.roles):
        row = ReviewAssigneeRow(event.stream, assignee, event.workspace, review.due_order, event.position)
        rows.add(REVIEW_ASSIGNEES_TABLE, row)


def _changed(change: Callable[[ReviewRow, Happened], None]) -> Apply:
    def apply(rows: Rows, event: Happened) -> None:
        review: ReviewRow | None = rows.get(REVIEWS_TABLE, event.stream.int)
        if review is None:
            raise RowMissing(REVIEWS_TABLE.name, event.stream)
        change(review, event)
        review.version, review.last_position = event.version, event.position
        rows.move(REVIEWS_TABLE, review)
        if review.status != "WAITING":
            for assignee in assignees(review.members, review.roles):
                rows.remove(REVIEW_ASSIGNEES_TABLE, (event.stream.int, assignee))

    return apply


def _claimed(review: ReviewRow, event: Happened) -> None:
    review.claimed_by, review.claimed_at = UUID(event.event["member_id"]), event.at


def _released(review: ReviewRow, _event: Happened) -> None:
    review.claimed_by = review.claimed_at = None


def _decided(status: str) -> Callable[[ReviewRow, Happened], None]:
    def decide(review: ReviewRow, event: Happened) -> None:
        said = event.event
        review.status, review.ended_at = status, event.at
        review.decided_by, review.decided_at = UUID(said["member_id"]), datetime.fromisoformat(said["decided_at"])
        review.comment, review.corrections = said.get("comment"), len(said.get("corrections", ()))

    return decide


def _withdrawn(review: ReviewRow, event: Happened) -> None:
    review.status, review.ended_at, review.reason = "WITHDRAWN", event.at, event.event.get("reason")


REVIEWS = ReadModel(
    name="reviews",
    version=1,
    tables=(REVIEWS_TABLE, REVIEW_ASSIGNEES_TABLE),
    keys=_keys,
    appliers={
        "review.requested.v1": _requested,
        "review.claimed.v1": _changed(_claimed),
        "review.released.v1": _changed(_released),
        "review.accepted.v1": _changed(_decided("ACCEPTED")),
        "review.rejected.v1": _changed(_decided("REJECTED")),
        "review.withdrawn.v1": _changed(_withdrawn),
    },
)
