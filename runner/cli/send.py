"""`opus send`: a message to a job, by its id or by its business key."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED, ApiClient
from runner.cli.finding import NotFound, workspace_id
from runner.cli.given import read_given
from runner.cli.output import console, speaking

_SEND = f"""
mutation ($input: SendMessageInput!) {{
  sendMessage(input: $input) {{ __typename ... on SendMessageSuccess {{ jobId messageId }} {REFUSED} }}
}}
"""
_EXPECTED = "query ($id: ID!) { job(id: $id) { messagesExpected { name type { name } } } }"
_BY_KEY = """
query ($workspace: ID!, $key: String!) {
  workspace(id: $workspace) { jobs(filter: { businessKey: $key }, first: 1) { nodes { id } } }
}
"""


def send(
    job: Annotated[str, typer.Argument(help="Id of the job; with --key, its business key.", show_default=False)],
    name: Annotated[str, typer.Argument(help="Name of the message.", show_default=False)],
    value: Annotated[
        str | None,
        typer.Argument(
            help="What comes with it, read as its type has it; @file reads it from a file.", show_default=False
        ),
    ] = None,
    *,
    key: Annotated[bool, typer.Option("--key", help="JOB is a business key.")] = False,
    message_id: Annotated[
        str | None,
        typer.Option(
            "--id", help="Your own id of it: sent again with the same, it is the same message.", show_default=False
        ),
    ] = None,
) -> None:
    """Send a message to a job; a task that waits for it goes on, and one that will wait for it finds it."""
    with speaking() as client:
        types = _types(client, job, by_key=key)
        given = [] if value is None else read_given(client, [f"{name}={value}"], types, "value")
        content = given[0]["value"] if given else None
        address = {"businessKey": job} if key else {"jobId": job}
        done = client.mutate(_SEND, **address, name=name, value=content, messageId=message_id)
        console.print(f"message {done['messageId']} to job {done['jobId']}")


def _types(client: ApiClient, job: str, *, by_key: bool) -> dict[str, str]:
    """The wire names of the types of the messages that the job's tasks wait for."""
    if by_key:
        found = client.query(_BY_KEY, workspace=workspace_id(client), key=job)["workspace"]["jobs"]["nodes"]
        if not found:
            raise NotFound(f'Expected the business key of a job, but there is no job with "{job}".')
        job = found[0]["id"]
    shown: dict[str, Any] | None = client.query(_EXPECTED, id=job)["job"]
    if shown is None:
        raise NotFound(f'Expected the id of a job, but there is no "{job}".')
    return {one["name"]: one["type"]["name"] for one in shown["messagesExpected"] if one["type"]}
