"""`opus callbacks` and `opus callback …`: whom jobs told of their end, what came of each call, and how one is made again."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from runner.cli.client import REFUSED
from runner.cli.finding import NotFound, workspace_id
from runner.cli.output import console, print_table, shown, speaking
from runner.cli.schedule_words import moment
from runner.cli.verb import Verb

ROWS_DEFAULT = 20
ROWS_MAX = 100

_CALLBACKS = """
query ($workspace: ID!, $statuses: [CallbackStatus!], $first: Int!) {
  workspace(id: $workspace) { callbacks(statuses: $statuses, first: $first) {
    nodes { id jobId url outcome status attempts lastStatus nextAt } } }
}
"""
_CALLBACK = """
query ($id: ID!, $first: Int!) {
  callback(id: $id) {
    id jobId url credential outcome status attempts nextAt
    calls(first: $first) { nodes { attempt at status seconds error { code message } nextAt } }
  }
}
"""
_AGAIN = f"mutation ($input: SendCallbackAgainInput!) {{ sendCallbackAgain(input: $input) {{ __typename ... on SendCallbackAgainSuccess {{ callbackId }} {REFUSED} }} }}"

app = typer.Typer(no_args_is_help=True, help="See whom jobs told of their end, and have a call made again.")


class Status(StrEnum):
    """How a callback stands."""

    DUE = "due"
    DELIVERED = "delivered"
    GIVEN_UP = "given-up"


Known = Annotated[str, typer.Argument(help="Id of the callback.", show_default=False)]


def callbacks(
    status: Annotated[
        list[Status] | None,
        typer.Option(help="Only those that stand so.", case_sensitive=False, show_default=False),
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many, the newest first.")] = ROWS_DEFAULT,
) -> None:
    """List callbacks: whom jobs told of their end, or are to tell."""
    with speaking() as client:
        statuses = [one.name for one in status] if status else None
        answer = client.query(_CALLBACKS, workspace=workspace_id(client), statuses=statuses, first=first)
        rows = [
            (
                one["id"],
                one["status"],
                one["outcome"],
                str(one["attempts"]),
                str(one["lastStatus"] or ""),
                moment(one["nextAt"]) if one["nextAt"] else "",
                one["url"],
                one["jobId"],
            )
            for one in answer["workspace"]["callbacks"]["nodes"]
        ]
        if rows:
            print_table(("callback", "status", "end", "calls", "answer", "next (UTC)", "url", "job"), rows)
        else:
            console.print("No callbacks.")


@app.command(cls=Verb)
def show(
    callback: Known,
    first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many calls, the latest first.")] = ROWS_DEFAULT,
) -> None:
    """Show a callback and every call that was made."""
    with speaking() as client:
        found = client.query(_CALLBACK, id=callback, first=first)["callback"]
        if found is None:
            raise NotFound(
                f"Expected the id of a callback, as `opus callbacks` lists them, but there is no {callback}."
            )
        for name in ("id", "jobId", "url", "credential", "outcome", "status", "attempts", "nextAt"):
            if found[name] is not None:
                console.print(f"{name.ljust(10)}  {found[name]}")
        if calls := found["calls"]["nodes"]:
            console.print()
            rows = [
                (
                    str(one["attempt"]),
                    moment(one["at"]),
                    str(one["status"] or ""),
                    f"{one['seconds']:.2f}",
                    shown(one["error"]["message"], 300) if one["error"] else "",
                )
                for one in calls
            ]
            print_table(("call", "at (UTC)", "answer", "seconds", "why not"), rows)


@app.command("send-again", cls=Verb)
def send_again(
    callback: Known,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)] = None,
) -> None:
    """Have a call made again now, whatever came of it: with the same id, so that who took it already knows it."""
    with speaking() as client:
        client.mutate(_AGAIN, callbackId=callback, reason=reason)
        console.print(f"callback {callback} is made again")
