"""Decides commands for webhooks: what happens, or why not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from domain.events import Event
from domain.jobs.calling_back import CREDENTIAL_CHARACTERS_MAX, callbacks_wrong
from domain.refusals import Detail
from domain.webhooks import refusals
from domain.webhooks.commands import (
    ChangeWebhook,
    CreateWebhook,
    PauseWebhook,
    RecordDeliveryRefused,
    RemoveWebhook,
    ResumeWebhook,
    WebhookCommand,
)
from domain.webhooks.events import (
    WebhookChanged,
    WebhookCreated,
    WebhookDeliveryRefused,
    WebhookPaused,
    WebhookPlan,
    WebhookRemoved,
    WebhookResumed,
)
from domain.webhooks.state import NoWebhook, Open, Paused, Removed, Webhook

NAME_CHARACTERS_MAX = 200
BODY_BYTES_USUAL = 1024 * 1024
BODY_BYTES_MAX = 8 * 1024 * 1024
MAPPED_MAX = 200
PATH_STEPS_MAX = 32
STEP_CHARACTERS_MAX = 200


def decide(command: WebhookCommand, webhook: Webhook) -> list[Event]:
    """The events of a command; none when there is nothing left to do."""
    if isinstance(command, CreateWebhook):
        return create(command, webhook)
    if isinstance(webhook, NoWebhook):
        raise refusals.WebhookNotFound
    if isinstance(webhook, Removed):
        if isinstance(command, RemoveWebhook | RecordDeliveryRefused):
            return []
        raise refusals.WebhookIsRemoved(name=webhook.known.name)
    match command:
        case ChangeWebhook():
            return change(command, webhook)
        case PauseWebhook():
            return [] if isinstance(webhook, Paused) else [WebhookPaused(reason=command.reason)]
        case ResumeWebhook():
            return [] if isinstance(webhook, Open) else [WebhookResumed(reason=command.reason)]
        case RemoveWebhook():
            return [WebhookRemoved(reason=command.reason)]
        case RecordDeliveryRefused():
            return record_delivery_refused(command, webhook)
        case _:
            raise TypeError(f"Expected a command for webhooks, but got {type(command).__name__}.")


def create(command: CreateWebhook, webhook: Webhook) -> list[Event]:
    """A webhook begins with a plan by which calls can start jobs."""
    if not isinstance(webhook, NoWebhook):
        raise refusals.WebhookAlreadyCreated(webhook_id=command.webhook_id, name=webhook.known.name)
    _refuse((*_name_wrong(command.name), *plan_wrong(command.plan), *command.findings))
    return [WebhookCreated(name=command.name, plan=command.plan, member_id=command.member_id)]


def change(command: ChangeWebhook, webhook: Open | Paused) -> list[Event]:
    """Another plan, unless others changed the webhook meanwhile."""
    known = webhook.known
    if command.expected_edition not in (None, known.edition):
        raise refusals.WebhookMoved(expected=command.expected_edition, found=known.edition)
    _refuse((*plan_wrong(command.plan), *command.findings))
    if (command.plan, command.member_id) == (known.plan, known.member_id):
        return []
    return [WebhookChanged(plan=command.plan, member_id=command.member_id)]


def record_delivery_refused(command: RecordDeliveryRefused, webhook: Open | Paused) -> list[Event]:
    """The same call sent again is not told again."""
    if command.delivery_id in webhook.known.refused:
        return []
    return [WebhookDeliveryRefused(delivery_id=command.delivery_id, error=command.error)]


def plan_wrong(plan: WebhookPlan) -> Iterator[Detail]:
    """What of a plan cannot be kept, whatever the workflow."""
    if not 0 < len(plan.credential.strip()) <= CREDENTIAL_CHARACTERS_MAX or not plan.credential.isprintable():
        yield Detail(
            "credential",
            "the name of a credential of kind signing",
            "nothing" if not plan.credential else "another text",
        )
    if not 1 <= plan.bytes_max <= BODY_BYTES_MAX:
        yield Detail("bytes_max", f"1 to {BODY_BYTES_MAX} bytes", str(plan.bytes_max))
    mapping = plan.mapping or ()
    if len(mapping) > MAPPED_MAX:
        yield Detail("mapping", f"at most {MAPPED_MAX} inputs", str(len(mapping)))
    for name, times in Counter(mapped.input for mapped in mapping).items():
        if times > 1:
            yield Detail(f"mapping.{name}", "one path", f"{times}")
        if name in plan.inputs:
            yield Detail(f"mapping.{name}", "either a path or a value", "both")
    for mapped in mapping:
        yield from _path_wrong(mapped.path, f"mapping.{mapped.input}", steps_min=0)
    if plan.business_key is not None:
        yield from _path_wrong(plan.business_key, "business_key", steps_min=1)
    yield from callbacks_wrong(plan.callbacks)


def _path_wrong(path: tuple[str, ...], place: str, *, steps_min: int) -> Iterator[Detail]:
    if not steps_min <= len(path) <= PATH_STEPS_MAX:
        yield Detail(place, f"a path of {steps_min} to {PATH_STEPS_MAX} steps", f"{len(path)}")
    if any(not 0 < len(step) <= STEP_CHARACTERS_MAX for step in path):
        yield Detail(place, f"steps of 1 to {STEP_CHARACTERS_MAX} characters", "another")


def _name_wrong(name: str) -> Iterator[Detail]:
    if not 0 < len(name.strip()) <= NAME_CHARACTERS_MAX or not name.isprintable():
        found = f"{len(name)} characters" if name.isprintable() else "others"
        yield Detail("name", f"1 to {NAME_CHARACTERS_MAX} printable characters", found)


def _refuse(details: tuple[Detail, ...]) -> None:
    if details:
        raise refusals.WebhookPlanWrong(places=", ".join(detail.path for detail in details), details=details)
