"""`opus webhooks` and `opus webhook …`: which calls of other systems start jobs, and which started none."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.finding import get_workflow, input_types, workspace_id
from runner.cli.given import read_given
from runner.cli.output import console, print_table, shown, speaking
from runner.cli.schedule_words import moment
from runner.cli.starters import (
    ROWS_DEFAULT,
    ROWS_MAX,
    OfWorkflow,
    Reason,
    Rows,
    Starter,
    chosen_of,
    inputs_of,
    tell_lines,
)
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

_WEBHOOKS = """
query ($workspace: ID!, $filter: WebhookFilter, $first: Int!) {
  workspace(id: $workspace) { webhooks(filter: $filter, first: $first) {
    nodes { id name status url credential refused workflow { name } } } }
}
"""
_ONE = """
query ($id: ID!, $first: Int!) {
  webhook(id: $id) {
    id name status reason url credential title businessKey bytesMax refused workflow { name } onBehalfOf { name id }
    mapping { input path } inputs { name json size file { name } } callbacks { url credential on }
    jobs(first: $first) { nodes { id status createdAt title } }
    refusals(first: $first) { nodes { at deliveryId error { code message } } }
  }
}
"""

_WEBHOOK = Starter("webhook", "webhookId webhook { url }")

app = typer.Typer(no_args_is_help=True, help="Have other systems start jobs by signed calls.")


class Status(StrEnum):
    """How a webhook stands."""

    OPEN = "open"
    PAUSED = "paused"
    REMOVED = "removed"


Count = Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many jobs and refused calls, the latest first.")]


def webhooks(
    workflow: OfWorkflow = None,
    status: Annotated[
        list[Status] | None,
        typer.Option(
            help="Only those that stand so; without it all that were not removed.",
            case_sensitive=False,
            show_default=False,
        ),
    ] = None,
    first: Rows = ROWS_DEFAULT,
) -> None:
    """List webhooks: where other systems start jobs of which workflow."""
    with speaking() as client:
        chosen = chosen_of(client, status, workflow)
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
        done = client.mutate(_WEBHOOK.mutation("create"), name=name, workflowId=found["id"], inputs=inputs, **plan)
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
        found = _WEBHOOK.find(client, webhook)
        if given:
            plan["inputs"] = read_given(client, given, input_types(client, found["workflow"]["id"]), "input")
        client.mutate(_WEBHOOK.mutation("change"), webhookId=found["id"], **plan)
        console.print(f"webhook {found['name']} is changed")


@app.command(cls=Verb)
def pause(webhook: Named, reason: Reason = None) -> None:
    """Take no call until the webhook is resumed: callers are told to come again."""
    _do("pause", webhook, reason, "is paused")


@app.command(cls=Verb)
def resume(webhook: Named, reason: Reason = None) -> None:
    """Take calls again."""
    _do("resume", webhook, reason, "takes calls")


@app.command(cls=Verb)
def remove(webhook: Named, reason: Reason = None) -> None:
    """End a webhook for ever; jobs that run go on."""
    _do("remove", webhook, reason, "is removed")


@app.command(cls=Verb)
def show(webhook: Named, first: Count = ROWS_DEFAULT) -> None:
    """Show a webhook: what becomes of a call, the jobs that its calls started, and the calls that started none."""
    with speaking() as client:
        found = client.query(_ONE, id=_WEBHOOK.find(client, webhook)["id"], first=first)["webhook"]
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
    tell_lines(
        {
            "webhook": found["id"],
            "name": found["name"],
            "status": f"{found['status'].lower()}{': ' + found['reason'] if found['reason'] else ''}",
            "POST": found["url"],
            "workflow": found["workflow"]["name"] if found["workflow"] else "",
            "credential": found["credential"],
            "mapping": "each field whose name an input has"
            if mapping is None
            else ", ".join(f"{one['input']}={'.'.join(one['path'])}" for one in mapping),
            "inputs": inputs_of(found),
            "title": found["title"],
            "business key": ".".join(found["businessKey"] or ()),
            "body": f"at most {found['bytesMax']} bytes",
            "callbacks": ", ".join(f"{one['url']} ({one['credential']})" for one in found["callbacks"]),
            "on behalf of": who["name"] or who["id"],
            "refused": str(found["refused"]),
        }
    )


def _why(error: dict[str, Any]) -> str:
    return shown(f"{error['code']}: {error['message']}", 300)


def _do(verb: str, webhook: str, reason: str | None, done: str) -> None:
    with speaking() as client:
        _WEBHOOK.do(client, verb, webhook, reason, done)
