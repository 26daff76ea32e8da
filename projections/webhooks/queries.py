"""What screens ask of webhooks, and what the door asks when one is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from typing import LiteralString
from uuid import UUID

from projections.pages import Page, page_of, rows_to_read
from projections.tables import query
from projections.views import Views
from projections.webhooks.rows import WebhookRefusalRow, WebhookRow

WEBHOOK_STATUSES = ("OPEN", "PAUSED", "REMOVED")
IN_USE = WEBHOOK_STATUSES[:-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFilter:
    """Which webhooks a list shows; what is None does not restrict."""

    statuses: Sequence[str] = IN_USE
    workflow_id: UUID | None = None
    name: str | None = None


ALL_IN_USE = WebhookFilter()

_FIND = query("select {w} from views.webhooks w where w.webhook_id = any(%s) and w.workspace_id = %s", w=WebhookRow)
_CALLED = b"select workspace_id from views.webhooks where webhook_id = %s"
_LIST: LiteralString = "select {w} from views.webhooks w where {where} order by w.position desc limit %(limit)s"
_CONDITIONS: dict[str, LiteralString] = {
    "workflow_id": "w.workflow_id = %(workflow_id)s",
    "name": "w.name = %(name)s",
    "after": "w.position < %(after)s",
}
_REFUSALS = query(
    "select {r} from views.webhook_refusals r where r.webhook_id = %(webhook_id)s and r.workspace_id = %(workspace_id)s"
    " and (%(after)s::int8 is null or r.version < %(after)s) order by r.version desc limit %(limit)s",
    r=WebhookRefusalRow,
)


@dataclass(frozen=True, slots=True)
class _Called:
    workspace_id: UUID


async def find_webhooks(views: Views, workspace_id: UUID, webhook_ids: Sequence[UUID]) -> dict[UUID, WebhookRow]:
    """Those of the webhooks that this workspace has or had, by id."""
    rows = await views.fetch(WebhookRow, _FIND, (list(webhook_ids), workspace_id))
    return {row.webhook_id: row for row in rows}


async def find_workspace_of_webhook(views: Views, webhook_id: UUID) -> UUID | None:
    """The workspace of a webhook, which who calls it does not say; None where there is no such webhook."""
    found = await views.fetch(_Called, _CALLED, (webhook_id,))
    return found[0].workspace_id if found else None


async def list_webhooks(
    views: Views,
    workspace_id: UUID,
    webhooks: WebhookFilter = ALL_IN_USE,
    *,
    first: int = 50,
    after: int | None = None,
) -> Page[WebhookRow]:
    """Webhooks of a workspace, the newest first; `after` is the `position` of the last row of the page before."""
    parameters = asdict(webhooks) | {"workspace_id": workspace_id, "after": after, "limit": rows_to_read(first)}
    parameters["statuses"] = list(webhooks.statuses)
    asked = tuple(name for name in _CONDITIONS if parameters[name] is not None)
    return page_of(await views.fetch(WebhookRow, _list_query(asked), parameters), first)


async def list_webhook_refusals(
    views: Views, workspace_id: UUID, webhook_id: UUID, *, first: int = 50, after: int | None = None
) -> Page[WebhookRefusalRow]:
    """Signed calls that started no job, the latest first; `after` is the `version` of the last row of the page before."""
    parameters = {
        "workspace_id": workspace_id,
        "webhook_id": webhook_id,
        "after": after,
        "limit": rows_to_read(first),
    }
    return page_of(await views.fetch(WebhookRefusalRow, _REFUSALS, parameters), first)


@cache
def _list_query(asked: tuple[str, ...]) -> bytes:
    where: list[LiteralString] = [
        "w.workspace_id = %(workspace_id)s",
        "w.status = any(%(statuses)s)",
        *[_CONDITIONS[name] for name in asked],
    ]
    return query(_LIST, where=where, w=WebhookRow)
