"""The mutations of webhooks."""

from __future__ import annotations

import strawberry

from graphql_api.answers import mutation
from graphql_api.webhooks.mutations.change_webhook import change_webhook
from graphql_api.webhooks.mutations.create_webhook import create_webhook
from graphql_api.webhooks.mutations.pause_webhook import pause_webhook
from graphql_api.webhooks.mutations.remove_webhook import remove_webhook
from graphql_api.webhooks.mutations.resume_webhook import resume_webhook


@strawberry.type
class WebhookMutations:
    """What can be done to webhooks."""

    create_webhook = mutation(create_webhook)
    change_webhook = mutation(change_webhook)
    pause_webhook = mutation(pause_webhook)
    resume_webhook = mutation(resume_webhook)
    remove_webhook = mutation(remove_webhook)
