"""How the events of webhooks change the rows of the read model `webhooks`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID

from projections.happened import Happened
from projections.model import Apply, Key, ReadModel, RowMissing
from projections.rows import Rows
from projections.webhooks.rows import WEBHOOK_REFUSALS_TABLE, WEBHOOKS_TABLE, WebhookRefusalRow, WebhookRow


def _keys(event: Happened) -> Iterable[Key]:
    yield WEBHOOKS_TABLE, event.stream.int, event.version == 1


def _created(rows: Rows, event: Happened) -> None:
    said = event.event
    row = WebhookRow(
        webhook_id=event.stream,
        workspace_id=event.workspace,
        position=event.position,
        version=event.version,
        last_position=event.position,
        edition=1,
        name=said["name"],
        status="OPEN",
        workflow_id=UUID(said["plan"]["workflow_id"]),
        plan=said["plan"],
        member_id=UUID(said["member_id"]),
        created_by=event.actor,
        created_at=event.at,
        changed_at=event.at,
    )
    rows.put(WEBHOOKS_TABLE, row)


def _by_a_person(change: Callable[[WebhookRow, Happened], None]) -> Apply:
    def apply(rows: Rows, event: Happened) -> None:
        webhook = _webhook(rows, event)
        change(webhook, event)
        webhook.edition += 1
        webhook.changed_at = event.at
        _put(rows, webhook, event)

    return apply


def _changed(webhook: WebhookRow, event: Happened) -> None:
    said = event.event
    webhook.plan, webhook.member_id = said["plan"], UUID(said["member_id"])
    webhook.workflow_id = UUID(said["plan"]["workflow_id"])


def _stands(status: str) -> Callable[[WebhookRow, Happened], None]:
    def change(webhook: WebhookRow, event: Happened) -> None:
        webhook.status = status
        webhook.reason = None if status == "OPEN" else event.event.get("reason")

    return change


def _delivery_refused(rows: Rows, event: Happened) -> None:
    webhook = _webhook(rows, event)
    webhook.refused += 1
    row = WebhookRefusalRow(
        webhook_id=event.stream,
        version=event.version,
        workspace_id=event.workspace,
        position=event.position,
        delivery_id=event.event["delivery_id"],
        refused_at=event.at,
        error=event.event["error"],
    )
    rows.put(WEBHOOK_REFUSALS_TABLE, row)
    _put(rows, webhook, event)


def _webhook(rows: Rows, event: Happened) -> WebhookRow:
    webhook: WebhookRow | None = rows.get(WEBHOOKS_TABLE, event.stream.int)
    if webhook is None:
        raise RowMissing(WEBHOOKS_TABLE.name, event.stream)
    return webhook


def _put(rows: Rows, webhook: WebhookRow, event: Happened) -> None:
    webhook.version, webhook.last_position = event.version, event.position
    rows.put(WEBHOOKS_TABLE, webhook)


WEBHOOKS = ReadModel(
    name="webhooks",
    version=1,
    tables=(WEBHOOKS_TABLE, WEBHOOK_REFUSALS_TABLE),
    keys=_keys,
    appliers={
        "webhook.created.v1": _created,
        "webhook.changed.v1": _by_a_person(_changed),
        "webhook.paused.v1": _by_a_person(_stands("PAUSED")),
        "webhook.resumed.v1": _by_a_person(_stands("OPEN")),
        "webhook.removed.v1": _by_a_person(_stands("REMOVED")),
        "webhook.delivery_refused.v1": _delivery_refused,
    },
)
