"""What a review refuses, and the sentence it says."""

from __future__ import annotations

from domain.refusals import Refusal


class ReviewNotFound(Refusal):
    """Expected the id of a review, but there is none with this id."""


class ReviewNotYours(Refusal):
    """Expected one of the people or roles this review is assigned to, but member {member_id} is not among them."""


class ReviewClaimedByAnother(Refusal):
    """Expected a review that is free or claimed by yourself, but member {claimed_by} has claimed it."""


class ReviewAlreadyDecided(Refusal):
    """Expected a review that waits for an answer, but it was {decision} at {decided_at} by member {member_id}."""


class ReviewNoLongerNeeded(Refusal):
    """Expected a review that waits for an answer, but it was withdrawn: what asked for it has ended."""


class CorrectionsWrong(Refusal):
    """Expected corrections that fit what is reviewed, but these do not: {outputs}."""


class ReasonMissing(Refusal):
    """Expected a comment that says why it is rejected, but none was given."""
