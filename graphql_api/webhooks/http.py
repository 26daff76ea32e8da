"""`POST /hooks/{id}`: a signed call of another system starts a job. It needs no key: its signature is what lets it in."""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from domain.jobs.commands import StartJob
from domain.jobs.facts import facts
from domain.jobs.inputs import misfits
from domain.jobs.run import Failure
from domain.refusals import Refusal
from domain.values import decode
from domain.webhooks.commands import RecordDeliveryRefused
from domain.webhooks.mapping import business_key_of, inputs_of
from domain.webhooks.refusals import WebhookIsPaused, WebhookIsRemoved, WebhookNotFound
from domain.webhooks.signing import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignatureRefused,
    check_recent,
    read_signed,
    verify,
)
from domain.webhooks.state import Known, NoWebhook, Paused, Removed, Webhook
from domain.workspaces.permissions import permitted
from domain.workspaces.refusals import MemberNotFound
from domain.workspaces.refusals import PermissionMissing as MemberMayNot
from domain.workspaces.state import Opened, Workspace
from event_store.keys import Digests
from event_store.requests import Receipt
from event_store.signing_keys import SigningKeyRefused, SigningKeys
from event_store.units import Claim, Origin
from graphql_api.body_limit import ContentTooLarge
from graphql_api.commanding import IDEMPOTENCY_KEY, new_id, now
from graphql_api.context import Api, read_id
from graphql_api.http_answers import json_answer, refused
from graphql_api.jobs.starting import startable_of
from graphql_api.refusals import RETRYABLE, SignatureWrong, SigningKeyAway
from graphql_api.values.given import keep_in, whole_of
from projections.webhooks import find_workspace_of_webhook

SOURCE = "webhook"
STARTING = "job:start"
DETAILS_MAX = 20
ACCEPTED = 202

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Delivery:
    """A call whose signature was found right."""

    webhook_id: UUID
    workspace: UUID
    known: Known
    id: str
    body: bytes
    at: datetime
    request_id: str

    @property
    def origin(self) -> Origin:
        """What envelopes say of it."""
        return Origin(
            actor=f"webhook:{self.webhook_id}",
            workspace=self.workspace,
            on_behalf_of=f"member:{self.known.member_id}",
            request_id=self.request_id,
        )


async def receive(api: Api, request: Request) -> Response:
    """Starts a job, or answers with the job that this call had started before: 202 either way."""
    delivery = await _admit(api, request)
    job_id = new_id(delivery.at)
    digest = Digests(api.system.master_key, delivery.workspace).digest(delivery.body)
    claim = Claim(IDEMPOTENCY_KEY, f"{delivery.origin.actor}:{delivery.id}", job_id, digest)
    try:
        receipt = await _start(api, delivery, job_id, claim)
    except Refusal as refusal:
        if refusal.code not in RETRYABLE:
            await _record(api, delivery, refusal)
        return refused(refusal)
    said = {
        "jobId": str(receipt.stream),
        "repeated": receipt.repeated,
        "position": await api.positions.show_at(receipt.position),
    }
    return json_answer(said, ACCEPTED)


async def _admit(api: Api, request: Request) -> _Delivery:
    """The call, when it is signed as it must be; what costs least is looked at first."""
    at = now()
    try:
        signed = read_signed(*(request.headers.get(name) for name in (ID_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER)))
        check_recent(signed, at)
    except SignatureRefused as wrong:
        raise SignatureWrong(expected=wrong.expected, found=wrong.found) from None
    webhook_id = read_id(request.path_params["id"])
    workspace = None if webhook_id is None else await find_workspace_of_webhook(api.system.views, webhook_id)
    if webhook_id is None or workspace is None:
        raise WebhookNotFound
    webhook: Webhook
    webhook, _ = await api.system.dispatch.load("webhook", webhook_id, workspace)
    if isinstance(webhook, NoWebhook):
        raise WebhookNotFound
    known = webhook.known
    body = await _read(request, known.plan.bytes_max)
    keys = await _keys(api, workspace, known)
    try:
        verify(keys, signed, body, at)
    except SignatureRefused as wrong:
        raise SignatureWrong(expected=wrong.expected, found=wrong.found) from None
    if isinstance(webhook, Removed):
        raise WebhookIsRemoved(name=known.name)
    if isinstance(webhook, Paused):
        raise WebhookIsPaused
    return _Delivery(webhook_id, workspace, known, signed.message_id, body, at, str(uuid.uuid4()))


async def _keys(api: Api, workspace: UUID, known: Known) -> list[bytes]:
    try:
        return [await SigningKeys(api.system.dispatch, api.system.secrets).key_of(workspace, known.plan.credential)]
    except SigningKeyRefused as gone:
        _log.error("the webhook %s cannot take calls: %s", known.name, gone.message)
        raise SigningKeyAway from None


async def _read(request: Request, bytes_max: int) -> bytes:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > bytes_max:
            raise ContentTooLarge(most=bytes_max)
    return bytes(body)


async def _start(api: Api, delivery: _Delivery, job_id: UUID, claim: Claim) -> Receipt:
    dispatch = api.system.dispatch
    try:
        return await dispatch.send(await _make(api, delivery, job_id), delivery.origin, [claim])
    except Refusal:
        first = await dispatch.first_result([claim], delivery.workspace)
        if first is None:
            raise
        return first


async def _make(api: Api, delivery: _Delivery, job_id: UUID) -> StartJob:
    plan = delivery.known.plan
    body = decode(delivery.body, path="the body")
    await _check_member(api, delivery)
    version = await startable_of(api.system, delivery.workspace, plan.workflow_id)
    declared = version.graph.inputs
    kept = inputs_of(plan, body, [each.name for each in declared])
    whole = {name: await whole_of(api.system.blobs, delivery.workspace, value) for name, value in kept.items()}
    return StartJob(
        at=delivery.at,
        job_id=job_id,
        workflow_id=version.workflow_id,
        workflow_version=version.number,
        graph=version.graph_hash,
        source=SOURCE,
        title=plan.title,
        business_key=business_key_of(plan, body),
        inputs=await keep_in(api.system.blobs, delivery.workspace, kept),
        facts=facts(version.graph, None, whole),
        findings=tuple(misfits(declared, whole, "input")),
        callbacks=plan.callbacks,
        on_behalf_of=delivery.origin.on_behalf_of,
    )


async def _check_member(api: Api, delivery: _Delivery) -> None:
    """Jobs start on behalf of someone who is still here and may still start them."""
    member_id = delivery.known.member_id
    workspace: Workspace
    workspace, _ = await api.system.dispatch.load("workspace", delivery.workspace, delivery.workspace)
    member = workspace.members.get(member_id) if isinstance(workspace, Opened) else None
    if member is None:
        raise MemberNotFound(member_id=member_id)
    if STARTING not in permitted(member.roles):
        raise MemberMayNot(permission=STARTING, member_id=member_id)


async def _record(api: Api, delivery: _Delivery, refusal: Refusal) -> None:
    """Has the record say why a call, signed rightly, started nothing."""
    said = [detail.message for detail in refusal.details[:DETAILS_MAX]]
    error = Failure(code=refusal.code, message=refusal.message, details=said or None)
    command = RecordDeliveryRefused(at=now(), webhook_id=delivery.webhook_id, delivery_id=delivery.id, error=error)
    await api.system.dispatch.send(command, delivery.origin)
