"""Who may answer a review, and that it is answered once.

Claiming is a courtesy to others, not a condition: a free review may be decided without claiming it, and the decision itself
names who decided. What another member has claimed cannot be decided until it is released.
"""

from __future__ import annotations

from typing import assert_never
from uuid import UUID

from domain.events import Event
from domain.jobs.run import Facts, Source
from domain.refusals import Detail
from domain.reviews.commands import (
    AcceptReview,
    AnyReviewCommand,
    ClaimReview,
    DecideReview,
    RejectReview,
    ReleaseReview,
    RequestReview,
    WithdrawReview,
)
from domain.reviews.events import (
    Correction,
    ReviewAccepted,
    ReviewClaimed,
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
from domain.reviews.state import Decided, NoReview, Review, Waiting, Withdrawn


def decide(command: AnyReviewCommand, review: Review) -> list[Event]:
    """Takes each command to its rule."""
    match command:
        case RequestReview():
            return request(command, review)
        case ClaimReview():
            return claim(command, review)
        case ReleaseReview():
            return release(command, review)
        case AcceptReview():
            return accept(command, review)
        case RejectReview():
            return reject(command, review)
        case WithdrawReview():
            return withdraw(command, review)
        case _:
            assert_never(command)


def request(command: RequestReview, review: Review) -> list[Event]:
    """The review waits from now on; a run that asks again asks for the same."""
    if not isinstance(review, NoReview):
        return []
    return [
        ReviewRequested(
            job_id=command.job_id,
            run=command.run,
            kind=command.kind,
            reviewed=command.reviewed,
            shown=command.shown,
            guidance=command.guidance,
            assignment=command.assignment,
            job_started_by=command.job_started_by,
            due_at=command.due_at,
            preview=command.preview,
        )
    ]


def claim(command: ClaimReview, review: Review) -> list[Event]:
    """The member has it now; claiming one's own again changes nothing."""
    waiting = _waiting_for(command, review)
    return [] if waiting.claimed_by == command.member_id else [ReviewClaimed(member_id=command.member_id)]


def release(command: ReleaseReview, review: Review) -> list[Event]:
    """The member gives it back; releasing what is free changes nothing."""
    waiting = _waiting(review)
    _refuse_if_claimed_by_another(waiting, command.member_id)
    return [] if waiting.claimed_by is None else [ReviewReleased(member_id=command.member_id)]


def accept(command: AcceptReview, review: Review) -> list[Event]:
    """The answer is yes, with these corrections."""
    waiting = _may_decide(command, review)
    return [
        ReviewAccepted(
            job_id=waiting.job_id,
            run=waiting.run,
            member_id=command.member_id,
            decided_at=command.at,
            corrections=_corrections(command, waiting),
            comment=command.comment,
            facts=_routed(command.facts, "accepted"),
        )
    ]


def reject(command: RejectReview, review: Review) -> list[Event]:
    """The answer is no, and why."""
    waiting = _may_decide(command, review)
    if command.comment is None or (isinstance(command.comment, str) and not command.comment.strip()):
        raise ReasonMissing
    return [
        ReviewRejected(
            job_id=waiting.job_id,
            run=waiting.run,
            member_id=command.member_id,
            decided_at=command.at,
            corrections=_corrections(command, waiting),
            comment=command.comment,
            facts=_routed(command.facts, "rejected"),
        )
    ]


def withdraw(command: WithdrawReview, review: Review) -> list[Event]:
    """Nobody need answer any more; of a review that does not wait nothing is withdrawn."""
    return [ReviewWithdrawn(reason=command.reason)] if isinstance(review, Waiting) else []


def _waiting(review: Review) -> Waiting:
    match review:
        case Waiting():
            return review
        case NoReview():
            raise ReviewNotFound
        case Decided():
            raise ReviewAlreadyDecided(
                decision=review.decision, decided_at=review.decided_at.isoformat(), member_id=review.member_id
            )
        case Withdrawn():
            raise ReviewNoLongerNeeded
        case _:
            assert_never(review)


def _may_decide(command: DecideReview, review: Review) -> Waiting:
    waiting = _waiting_for(command, review)
    findings = list(command.findings)
    if waiting.reviewed is None:
        findings += [Detail(f"output {name}", "no correction", "one") for name in command.corrections]
    if findings:
        places = ", ".join(detail.path for detail in findings)
        raise CorrectionsWrong(outputs=places, details=tuple(findings))
    return waiting


def _waiting_for(command: ClaimReview | DecideReview, review: Review) -> Waiting:
    # A stranger is not even told how the review stands.
    if not isinstance(review, NoReview):
        assigned = review.assignment
        if command.member_id not in assigned.members and command.roles.isdisjoint(assigned.roles):
            raise ReviewNotYours(member_id=command.member_id)
    waiting = _waiting(review)
    _refuse_if_claimed_by_another(waiting, command.member_id)
    return waiting


def _refuse_if_claimed_by_another(waiting: Waiting, member_id: UUID) -> None:
    if waiting.claimed_by not in (None, member_id):
        raise ReviewClaimedByAnother(claimed_by=waiting.claimed_by)


def _corrections(command: DecideReview, waiting: Waiting) -> tuple[Correction, ...]:
    return tuple(
        Correction(output=output, before=Source(run=waiting.reviewed, path=(output,)), after=after)
        for output, after in command.corrections.items()
    )


def _routed(facts: Facts, route: str) -> Facts:
    return facts.model_copy(update={"route": route})
