"""The mutations of reviews."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.reviews.mutations.claim_review import claim_review
from graphql_api.reviews.mutations.decide_review import decide_review
from graphql_api.reviews.mutations.decide_reviews import decide_reviews
from graphql_api.reviews.mutations.release_review import release_review


@strawberry.type
class ReviewMutations:
    """What can be done to reviews."""

    claim_review = mutation(claim_review)
    release_review = mutation(release_review)
    decide_review = mutation(decide_review)
    decide_reviews = mutation(decide_reviews)
