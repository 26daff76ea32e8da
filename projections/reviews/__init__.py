"""The read model `reviews`: the inbox of each member, and all reviews of a workspace."""

from projections.reviews.queries import (
    ALL_REVIEWS,
    REVIEW_STATUSES,
    InboxShows,
    ReviewFilter,
    find_review,
    find_reviews,
    list_inbox,
    list_reviews,
    reviews_of_jobs,
)
from projections.reviews.rows import NEVER_DUE, ReviewRow

__all__ = [
    "ALL_REVIEWS",
    "NEVER_DUE",
    "REVIEW_STATUSES",
    "InboxShows",
    "ReviewFilter",
    "ReviewRow",
    "find_review",
    "find_reviews",
    "list_inbox",
    "list_reviews",
    "reviews_of_jobs",
]
