"""What tests of webhooks ask of the API, and the other system that calls them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx2
import orjson

from domain.webhooks.signing import read_secret, sign, write_secret
from tests.graphql_api.house import Client
from tests.plain_http import PLAIN

SECRET = write_secret(bytes(range(32)))
REFUSED = "... on CommandRefused { code message details { path expected found message } }"
CREATE_CREDENTIAL = """mutation ($input: CreateCredentialInput!) { createCredential(input: $input) {
  __typename ... on CreateCredentialSuccess { credentialId } ... on CommandRefused { code message } } }"""
SHOWN = """webhookId position webhook {
  id name status url edition reason credential mapping { input path } inputs { name json } title businessKey bytesMax
  callbacks { url credential on } onBehalfOf { id } workflow { name } refused
}"""


def verb(name: str) -> str:
    """The mutation `createWebhook`, `pauseWebhook` and so on."""
    kind = f"{name[0].upper()}{name[1:]}"
    return (
        f"mutation ($input: {kind}Input!) {{ {name}(input: $input) {{ __typename ... on WebhookChanged {{ {SHOWN} }}"
        f" {REFUSED} }} }}"
    )


CREATE, CHANGE = verb("createWebhook"), verb("changeWebhook")
PAUSE, RESUME, REMOVE = verb("pauseWebhook"), verb("resumeWebhook"), verb("removeWebhook")


def keep_secret(client: Client, name: str = "shop", kind: str = "signing", **values: Any) -> None:
    """A credential that callers sign with."""
    given = {"name": name, "kind": kind, "values": values or {"secret": SECRET}}
    answer = client.ask(CREATE_CREDENTIAL, input=given)
    assert answer["__typename"] == "CreateCredentialSuccess", answer


def wish(workflow_id: str, **others: Any) -> dict[str, Any]:
    """The wish for a webhook."""
    return {"name": "Orders", "workflowId": workflow_id, "credential": "shop", **others}


def created(client: Client, workflow_id: str, **others: Any) -> str:
    """The id of a webhook."""
    answer = client.ask(CREATE, input=wish(workflow_id, **others))
    assert answer["__typename"] == "CreateWebhookSuccess", answer
    webhook_id: str = answer["webhookId"]
    return webhook_id


def deliver(
    client: Client,
    webhook_id: str,
    body: Any,
    /,
    *,
    delivery: str = "msg_1",
    at: datetime | None = None,
    secret: str = SECRET,
    **headers: str,
) -> httpx2.Response:
    """The call of another system, which has no key but the secret."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    signed = sign(read_secret(secret), delivery, at or datetime.now(UTC), content)
    sent = {"Content-Type": "application/json", **signed, **{name.replace("_", "-"): headers[name] for name in headers}}
    with httpx2.Client(base_url=client.url, verify=PLAIN, trust_env=False) as other:
        return other.post(f"/hooks/{webhook_id}", content=content, headers=sent)


def code(response: httpx2.Response) -> str:
    """Why a call was refused."""
    found: str = response.json()["errors"][0]["extensions"]["code"]
    return found
