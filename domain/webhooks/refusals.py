"""What a webhook refuses, and the sentence it says."""

from __future__ import annotations

from domain.refusals import Refusal


class WebhookNotFound(Refusal):
    """Expected the id of a webhook, but there is none with this id."""


class WebhookAlreadyCreated(Refusal):
    """Expected a new webhook, but {webhook_id} was created before, named {name}."""


class WebhookIsRemoved(Refusal):
    """Expected a webhook in use, but {name} was removed."""


class WebhookIsPaused(Refusal):
    """Expected a webhook that takes calls, but it is paused; call again later."""


class WebhookMoved(Refusal):
    """Expected the webhook in its edition {expected}, but others changed it since: it is in edition {found}."""


class WebhookPlanWrong(Refusal):
    """Expected a webhook whose calls can start jobs, but these parts of it are wrong: {places}."""
