"""Who may answer a review, and that it is answered once."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from functools import reduce
from typing import Any, get_args
from uuid import UUID

import pytest

from domain.events import Event
from domain.jobs.run import Facts, Run, Source
from domain.refusals import Detail, Refusal
from domain.reviews.commands import (
    AcceptReview,
    AnyReviewCommand,
    ClaimReview,
    RejectReview,
    ReleaseReview,
    RequestReview,
    WithdrawReview,
)
from domain.reviews.decide import decide
from domain.reviews.events import (
    Assignment,
    Correction,
    ReviewAccepted,
    ReviewClaimed,
    ReviewEvent,
    ReviewRejected,
    ReviewReleased,
    ReviewRequested,
    ReviewWithdrawn,
)
from domain.reviews.refusals import (
    CorrectionsWrong,
    ReasonMissing,
    ReviewAlreadyDecided,
    ReviewClaimedByAnother,
    ReviewNoLongerNeeded,
    ReviewNotFound,
    ReviewNotYours,
)
from domain.reviews.state import NoReview, Review, evolve, is_preview
from domain.reviews.subject import REVIEWS

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
REVIEW = UUID("019c0000-0000-8000-8000-000000000001")
JOB = UUID("019c0000-0000-7000-8000-000000000002")
ANN = UUID("019c0000-0000-7000-8000-00000000000a")
BOB = UUID("019c0000-0000-7000-8000-00000000000b")
EVE = UUID("019c0000-0000-7000-8000-00000000000e")
RUN = Run(task="approve")
READ = Run(task="read")

REQUESTED = ReviewRequested(
    job_id=JOB,
    run=RUN,
    kind="human_review",
    reviewed=READ,
    shown={"reviewed": Source(run=READ, path=())},
    guidance="Is the total right?",
    assignment=Assignment(members=(ANN,), roles=("reviewer",)),
    job_started_by="member:x",
    due_at=AT,
)
CLAIMED = ReviewClaimed(member_id=ANN)
ACCEPTED = ReviewAccepted(job_id=JOB, run=RUN, member_id=ANN, decided_at=AT, facts=Facts(route="accepted"))
REJECTED = ReviewRejected(
    job_id=JOB, run=RUN, member_id=BOB, decided_at=AT, comment="No.", facts=Facts(route="rejected")
)
WITHDRAWN = ReviewWithdrawn(reason="The job is ending.")


def given(*events: ReviewEvent) -> Review:
    """The review after these events."""
    nothing: Review = NoReview()
    return reduce(evolve, events, nothing)


def when(review: Review, command: Any, **fields: Any) -> list[Event]:
    """What the command writes; asked by Ann unless told otherwise."""
    if command in (ClaimReview, ReleaseReview, AcceptReview, RejectReview):
        fields.setdefault("member_id", ANN)
    if command in (AcceptReview, RejectReview):
        fields.setdefault("facts", Facts())
    return decide(command(at=AT, review_id=REVIEW, **fields), review)


def test_a_review_is_requested_with_all_that_must_be_judged() -> None:
    asked = {name: getattr(REQUESTED, name) for name in type(REQUESTED).model_fields}
    assert when(NoReview(), RequestReview, **asked) == [REQUESTED]
    command = RequestReview(at=AT, review_id=REVIEW, **asked)
    assert (command.stream, command.root) == (REVIEW, JOB)


@pytest.mark.parametrize("before", [(REQUESTED,), (REQUESTED, ACCEPTED), (REQUESTED, WITHDRAWN)])
def test_a_run_that_asks_again_asks_for_the_same(before: tuple[ReviewEvent, ...]) -> None:
    asked = {name: getattr(REQUESTED, name) for name in type(REQUESTED).model_fields}
    assert when(given(*before), RequestReview, **asked) == []


def test_a_review_is_claimed_by_a_named_member_or_by_role() -> None:
    assert when(given(REQUESTED), ClaimReview) == [CLAIMED]
    assert when(given(REQUESTED), ClaimReview, member_id=BOB, roles=frozenset({"reviewer"})) == [
        ReviewClaimed(member_id=BOB)
    ]


def test_claiming_one_s_own_again_changes_nothing() -> None:
    assert when(given(REQUESTED, CLAIMED), ClaimReview) == []


def test_what_another_has_claimed_cannot_be_claimed_released_or_decided() -> None:
    bob = {"member_id": BOB, "roles": frozenset({"reviewer"})}
    for command in (ClaimReview, AcceptReview, RejectReview):
        with pytest.raises(ReviewClaimedByAnother, match=f"but member {ANN} has claimed it"):
            when(given(REQUESTED, CLAIMED), command, **bob)
    with pytest.raises(ReviewClaimedByAnother):
        when(given(REQUESTED, CLAIMED), ReleaseReview, member_id=BOB)


def test_a_claimed_review_is_released_and_free_again() -> None:
    released = ReviewReleased(member_id=ANN)
    assert when(given(REQUESTED, CLAIMED), ReleaseReview) == [released]
    assert when(given(REQUESTED, CLAIMED, released), ReleaseReview) == []
    bob = {"member_id": BOB, "roles": frozenset({"reviewer"})}
    assert when(given(REQUESTED, CLAIMED, released), ClaimReview, **bob) == [ReviewClaimed(member_id=BOB)]


@pytest.mark.parametrize("command", [ClaimReview, AcceptReview, RejectReview])
@pytest.mark.parametrize("before", [(REQUESTED,), (REQUESTED, ACCEPTED), (REQUESTED, WITHDRAWN)])
def test_a_stranger_may_do_nothing_and_learns_nothing(command: Any, before: tuple[ReviewEvent, ...]) -> None:
    with pytest.raises(ReviewNotYours, match=f"but member {EVE} is not among them"):
        when(given(*before), command, member_id=EVE, roles=frozenset({"admin"}))


def test_a_review_assigned_to_nobody_is_closed_to_all() -> None:
    closed = REQUESTED.model_copy(update={"assignment": Assignment()})
    with pytest.raises(ReviewNotYours):
        when(given(closed), AcceptReview, roles=frozenset({"admin", "reviewer"}))


def test_a_review_is_accepted_without_claiming_it() -> None:
    assert when(given(REQUESTED), AcceptReview) == [ACCEPTED]
    assert when(given(REQUESTED, CLAIMED), AcceptReview) == [ACCEPTED]


def test_a_review_is_accepted_with_corrections_that_say_what_stood_there_before() -> None:
    absent = Facts(absent=(("date",),), route="anything")
    assert when(
        given(REQUESTED), AcceptReview, corrections={"total": "12.30"}, facts=absent, comment="A digit was lost."
    ) == [
        ReviewAccepted(
            job_id=JOB,
            run=RUN,
            member_id=ANN,
            decided_at=AT,
            corrections=(Correction(output="total", before=Source(run=READ, path=("total",)), after="12.30"),),
            comment="A digit was lost.",
            facts=Facts(absent=(("date",),), route="accepted"),
        )
    ]


def test_a_review_is_rejected_with_a_reason() -> None:
    bob = {"member_id": BOB, "roles": frozenset({"reviewer"})}
    assert when(given(REQUESTED), RejectReview, comment="No.", **bob) == [REJECTED]
    corrected = when(given(REQUESTED), RejectReview, comment="No.", corrections={"total": "1"})[0]
    assert isinstance(corrected, ReviewRejected)
    assert [correction.output for correction in corrected.corrections] == ["total"]


@pytest.mark.parametrize("comment", [None, "", " \n"])
def test_a_rejection_without_a_reason_is_refused(comment: str | None) -> None:
    with pytest.raises(ReasonMissing):
        when(given(REQUESTED), RejectReview, comment=comment)


def test_wrong_corrections_are_refused_by_name() -> None:
    wrong = Detail("output total", "a decimal", "text")
    with pytest.raises(CorrectionsWrong, match="these do not: output total") as refused:
        when(given(REQUESTED), AcceptReview, corrections={"total": "x"}, findings=(wrong,))
    assert refused.value.details == (wrong,)


def test_where_nothing_is_reviewed_nothing_is_corrected() -> None:
    with pytest.raises(CorrectionsWrong):
        when(given(REQUESTED.model_copy(update={"reviewed": None})), AcceptReview, corrections={"total": "1"})


@pytest.mark.parametrize("command", [AcceptReview, RejectReview, ClaimReview, ReleaseReview])
def test_a_second_answer_is_refused_and_told_the_first(command: Any) -> None:
    bob = {"member_id": BOB} if command is ReleaseReview else {"member_id": BOB, "roles": frozenset({"reviewer"})}
    sentence = (
        f"Expected a review that waits for an answer, but it was accepted at 2026-01-31T12:00:00+00:00 by member {ANN}."
    )
    with pytest.raises(ReviewAlreadyDecided) as refused:
        when(given(REQUESTED, ACCEPTED), command, **bob)
    assert str(refused.value) == sentence
    with pytest.raises(ReviewAlreadyDecided, match=f"it was rejected at .* by member {BOB}"):
        when(given(REQUESTED, REJECTED), command)


def test_a_withdrawn_review_is_answered_by_nobody() -> None:
    for command in (ClaimReview, ReleaseReview, AcceptReview, RejectReview):
        with pytest.raises(ReviewNoLongerNeeded):
            when(given(REQUESTED, WITHDRAWN), command)


def test_a_review_that_was_never_requested_is_not_found() -> None:
    for command in (ClaimReview, ReleaseReview, AcceptReview, RejectReview):
        with pytest.raises(ReviewNotFound):
            when(NoReview(), command)


def test_only_a_review_that_waits_is_withdrawn() -> None:
    assert when(given(REQUESTED, CLAIMED), WithdrawReview, reason="The job is ending.") == [WITHDRAWN]
    for before in ((), (REQUESTED, ACCEPTED), (REQUESTED, WITHDRAWN)):
        assert when(given(*before), WithdrawReview) == []


@pytest.mark.parametrize(
    "before", [(), (REQUESTED,), (REQUESTED, CLAIMED), (REQUESTED, REJECTED), (REQUESTED, WITHDRAWN)]
)
@pytest.mark.parametrize("event", [REQUESTED, CLAIMED, ReviewReleased(member_id=BOB), ACCEPTED, REJECTED, WITHDRAWN])
def test_every_recorded_event_can_be_applied(before: tuple[ReviewEvent, ...], event: ReviewEvent) -> None:
    assert isinstance(evolve(given(*before), event), Review)


def test_every_command_is_decided_in_every_state() -> None:
    for command in get_args(AnyReviewCommand):
        for before in ((), (REQUESTED,), (REQUESTED, ACCEPTED), (REQUESTED, WITHDRAWN)):
            asked: dict[str, Any] = {}
            if command is RequestReview:
                asked = {name: getattr(REQUESTED, name) for name in type(REQUESTED).model_fields}
            with suppress(Refusal):
                assert isinstance(when(given(*before), command, **asked), list)


def test_the_subject_starts_from_nothing() -> None:
    assert REVIEWS.initial(None) == NoReview()


def test_a_review_of_a_preview_is_known_as_one_however_it_ends() -> None:
    asked = REQUESTED.model_copy(update={"preview": True})
    assert [is_preview(given(asked, *more)) for more in ((), (ACCEPTED,), (REJECTED,), (WITHDRAWN,))] == [True] * 4
    assert not is_preview(given(REQUESTED, ACCEPTED))
    assert not is_preview(given())
