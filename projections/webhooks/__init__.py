"""The read model `webhooks`: what jobs other systems start, and the signed calls that started none."""

from projections.webhooks.queries import (
    ALL_IN_USE,
    IN_USE,
    WEBHOOK_STATUSES,
    WebhookFilter,
    find_webhooks,
    find_workspace_of_webhook,
    list_webhook_refusals,
    list_webhooks,
)
from projections.webhooks.rows import WebhookRefusalRow, WebhookRow

__all__ = [
    "ALL_IN_USE",
    "IN_USE",
    "WEBHOOK_STATUSES",
    "WebhookFilter",
    "WebhookRefusalRow",
    "WebhookRow",
    "find_webhooks",
    "find_workspace_of_webhook",
    "list_webhook_refusals",
    "list_webhooks",
]
