"""The mutations of callbacks."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.callbacks.mutations.send_callback_again import send_callback_again


@strawberry.type
class CallbackMutations:
    """What can be done to callbacks."""

    send_callback_again = mutation(send_callback_again)
