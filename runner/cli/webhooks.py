"""`opus webhooks` and `opus webhook …`: which calls of other systems start jobs, and which started none."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED, ApiClient
from runner.cli.finding import NotFound, get_workflow, input_types, workspace_id
from runner.cli.given import read_given
from runner.cli.output import console, print_table, shown, speaking
from runner.cli.schedule_words import moment
from runner.cli.verb import Verb
from runner.cli.webhook_options import (
    BusinessKey,
    BytesMax,
    Callbacks,
    Credential,
    Given,
    Mapped,
    Named,
    Title,
    plan_of,
)

ROWS_DEFAULT = 20
ROWS_MAX = 100

_WEBHOOKS = """
query ($workspace: ID!, $filter: WebhookFilter, $first: Int!) {
  workspace(id: $workspace) { webhooks(filter: $filter, first: $first) {
    nodes { id name status url credential refused workflow { name } } } }
}
"""
_WEBHOOK = """
query ($id: ID!, $first: Int!) {
  webhook(id: $id) {
    id name status reason url credential title businessKey bytesMax refused workflow { name } onBehalfOf { name id }
    mapping { input path } inputs { name json size file { name } } callbacks { url credential on }
    jobs(first: $first) { nodes { id status createdAt title } }
    refusals(first: $first) { nodes { at deliveryId error { code message } } }
  }
}
"""
_BY_ID = "query ($id: ID!) { webhook(id: $id) { id name workflow { id } } }"
_BY_NAME = """
query ($workspace: ID!, $name: String!) {
  workspace(id: $workspace) { webhooks(filter: { name: $name }) { nodes { id name workflow { id } } } }
}
"""
_CHANGED = "webhookId webhook { url }"
_CREATE = f"mutation ($input: CreateWebhookInput!) {{ createWebhook(input: $input) {{ __typename ... on WebhookChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_CHANGE = f"mutation ($input: ChangeWebhookInput!) {{ changeWebhook(input: $input) {{ __typename ... on WebhookChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_PAUSE = f"mutation ($input: PauseWebhookInput!) {{ pauseWebhook(input: $input) {{ __typename ... on WebhookChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_RESUME = f"mutation ($input: ResumeWebhookInput!) {{ resumeWebhook(input: $input) {{ __typename ... on WebhookChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_REMOVE = f"mutation ($input: RemoveWebhookInput!) {{ removeWebhook(input: $input) {{ __typename ... on WebhookChanged {{ {_CHANGED} }} {REFUSED} }} }}"

app = typer.Typer(no_args_is_help=True, help="Have other systems start jobs by signed calls.")


class Status(StrEnum):
    """How a webhook stands."""

    OPEN = "open"
    PAUSED = "paused"
    REMOVED = "removed"


Reason = Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)]
Count = Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many jobs and refused calls, the latest first.")]


def webhooks(
    workflow: Annotated[
        str | None, typer.Option(help="Only those of this workflow, by name or id.", show_default=False)
    ] = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(
            help="Only those that stand so; without it all that were not removed.",
            case_sensitive=False,
            show_default=False,
        ),
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many, the newest first.")] = ROWS_DEFAULT,
) -> None:
    """List webhooks: where other systems start jobs of which workflow."""
    with speaking() as client:
        chosen = {
            **({"statuses": [one.name for one in status]} if status else {}),
            **({"workflowId": get_workflow(client, workflow)["id"]} if workflow else {}),
        }
        answer = client.query(_WEBHOOKS, workspace=workspace_id(client), filter=chosen, first=first)
        rows = [
            (
                one["id"],
                one["status"],
                one["name"],
                one["workflow"]["name"] if one["workflow"] else "",
                one["url"],
                one["credential"],
                str(one["refused"]),
            )
            for one in answer["workspace"]["webhooks"]["nodes"]
        ]
        if rows:
            print_table(("webhook", "status", "name", "workflow", "POST", "credential", "refused"), rows)
        else:
            console.print("No webhooks." if chosen else "No webhooks. `opus webhook add` makes one.")


@app.command(cls=Verb)
def add(
    name: Annotated[str, typer.Argument(help="The name of the webhook.", show_default=False)],
    workflow: Annotated[str, typer.Argument(help="Name or id of the workflow.", show_default=False)],
    *,
    credential: Credential = None,
    mapped: Mapped = None,
    given: Given = None,
    title: Title = None,
    business_key: BusinessKey = None,
    bytes_max: BytesMax = None,
    callbacks: Callbacks = None,
) -> None:
    """Have signed calls start jobs of a workflow; --credential names the secret that callers sign with."""
    if credential is None:
        raise typer.BadParameter("Expected --credential with the name of a credential of kind signing, but got none.")
    plan = plan_of(
        credential=credential,
        mapped=mapped,
        title=title,
        business_key=business_key,
        bytes_max=bytes_max,
        callbacks=callbacks,
    )
    with speaking() as client:
        found = get_workflow(client, workflow)
        inputs = read_given(client, given or [], input_types(client, found["id"]), "input")
        done = client.mutate(_CREATE, name=name, workflowId=found["id"], inputs=inputs, **plan)
        console.print(f"webhook {done['webhookId']}")
        console.print(f"  POST {client.url}/hooks/{done['webhookId']}")


@app.command(cls=Verb)
def change(
    webhook: Named,
    *,
    credential: Credential = None,
    mapped: Mapped = None,
    given: Given = None,
    title: Title = None,
    business_key: BusinessKey = None,
    bytes_max: BytesMax = None,
    callbacks: Callbacks = None,
) -> None:
    """Change a webhook: what is not named stays as it is; with --map, --input or --callback all of these are given anew."""
    plan = plan_of(
        credential=credential,
        mapped=mapped,
        title=title,
        business_key=business_key,
        bytes_max=bytes_max,
        callbacks=callbacks,
    )
    with speaking() as client:
        found = _find(client, webhook)
        if given:
            plan["inputs"] = read_given(client, given, input_types(client, found["workflow"]["id"]), "input")
        client.mutate(_CHANGE, webhookId=found["id"], **plan)
        console.print(f"webhook {found['name']} is changed")


@app.command(cls=Verb)
def pause(webhook: Named, reason: Reason = None) -> None:
    """Take no call until the webhook is resumed: callers are told to come again."""
    _do(_PAUSE, webhook, reason, "is paused")


@app.command(cls=Verb)
def resume(webhook: Named, reason: Reason = None) -> None:
    """Take calls again."""
    _do(_RESUME, webhook, reason, "takes calls")


@app.command(cls=Verb)
def remove(webhook: Named, reason: Reason = None) -> None:
    """End a webhook for ever; jobs that run go on."""
    _do(_REMOVE, webhook, reason, "is removed")


@app.command(cls=Verb)
def show(webhook: Named, first: Count = ROWS_DEFAULT) -> None:
    """Show a webhook: what becomes of a call, the jobs that its calls started, and the calls that started none."""
    with speaking() as client:
        found = client.query(_WEBHOOK, id=_find(client, webhook)["id"], first=first)["webhook"]
        _tell(found)
        if jobs := found["jobs"]["nodes"]:
            console.print()
            rows = [(one["id"], moment(one["createdAt"]), one["status"], one["title"] or "") for one in jobs]
            print_table(("job", "started (UTC)", "status", "title"), rows)
        if refusals := found["refusals"]["nodes"]:
            console.print()
            rows_ = [(one["deliveryId"], moment(one["at"]), _why(one["error"])) for one in refusals]
            print_table(("refused call", "at (UTC)", "why"), rows_)


def _tell(found: dict[str, Any]) -> None:
    who = found["onBehalfOf"]
    mapping = found["mapping"]
    lines = {
        "webhook": found["id"],
        "name": found["name"],
        "status": f"{found['status'].lower()}{': ' + found['reason'] if found['reason'] else ''}",
        "POST": found["url"],
        "workflow": found["workflow"]["name"] if found["workflow"] else "",
        "credential": found["credential"],
        "mapping": "each field whose name an input has"
        if mapping is None
        else ", ".join(f"{one['input']}={'.'.join(one['path'])}" for one in mapping),
        "inputs": ", ".join(f"{one['name']} = {shown(one['json'])}" for one in found["inputs"]),
        "title": found["title"],
        "business key": ".".join(found["businessKey"] or ()),
        "body": f"at most {found['bytesMax']} bytes",
        "callbacks": ", ".join(f"{one['url']} ({one['credential']})" for one in found["callbacks"]),
        "on behalf of": who["name"] or who["id"],
        "refused": str(found["refused"]),
    }
    width = max(map(len, lines))
    for name, said in lines.items():
        if said:
            console.print(f"{name.ljust(width)}  {said}")


def _why(error: dict[str, Any]) -> str:
    return shown(f"{error['code']}: {error['message']}", 300)


def _do(mutation: str, webhook: str, reason: str | None, done: str) -> None:
    with speaking() as client:
        found = _find(client, webhook)
        client.mutate(mutation, webhookId=found["id"], reason=reason)
        console.print(f"webhook {found['name']} {done}")


def _find(client: ApiClient, name: str) -> dict[str, Any]:
    """The webhook of this name or id."""
    by_id = client.query(_BY_ID, id=name)["webhook"]
    by_name = client.query(_BY_NAME, workspace=workspace_id(client), name=name)["workspace"]["webhooks"]["nodes"]
    for found in ([by_id] if by_id else [], by_name):
        if found:
            webhook: dict[str, Any] = found[0]
            return webhook
    raise NotFound(f'Expected the name or id of a webhook, as `opus webhooks` lists them, but there is no "{name}".')
