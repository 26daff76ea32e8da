"""`opus reviews` and `opus decide`: what waits for a person, and its answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED
from runner.cli.finding import NotFound, workspace_id
from runner.cli.given import read_given
from runner.cli.output import console, speaking
from runner.cli.run import show_value

_VALUE = "name type { name } json size url file { name size url } files { name size url }"
_INBOX = f"""
query ($workspace: ID!, $first: Int!) {{
  workspace(id: $workspace) {{
    reviews(filter: {{ inbox: ALL }}, first: $first) {{
      nodes {{
        id jobId task requestedAt dueAt guidance claimedBy {{ id name }}
        job {{ title workflow {{ name }} }}
        outputs {{ {_VALUE} }}
        shown {{ {_VALUE} }}
      }}
    }}
  }}
}}
"""
_OUTPUTS = "query ($id: ID!) { review(id: $id) { outputs { name type { name } } } }"
_DECIDE = f"""
mutation ($input: DecideReviewInput!) {{
  decideReview(input: $input) {{ __typename ... on ReviewChanged {{ review {{ status job {{ status }} }} }} {REFUSED} }}
}}
"""


class Verdict(StrEnum):
    """What a reviewer decides."""

    ACCEPT = "accept"
    REJECT = "reject"


def reviews(
    first: Annotated[int, typer.Option(min=1, max=100, help="How many, the first due first.")] = 20,
) -> None:
    """Show what waits for you or your roles, and exactly what must be judged."""
    with speaking() as client:
        answer = client.query(_INBOX, workspace=workspace_id(client), first=first)
        found = answer["workspace"]["reviews"]["nodes"]
        for review in found:
            _print(review)
        if not found:
            console.print("Nothing waits for you.")


def decide(
    review: Annotated[str, typer.Argument(help="Id of the review.", show_default=False)],
    verdict: Annotated[Verdict, typer.Argument(help="What you decide.", show_default=False)],
    correct: Annotated[
        list[str] | None,
        typer.Option(help="output=value: a correction, the whole value; name=@file as for `run`.", show_default=False),
    ] = None,
    comment: Annotated[str | None, typer.Option(help="Why; needed to reject.", show_default=False)] = None,
) -> None:
    """Accept a review, with or without corrections, or reject it; its job goes on in the same moment."""
    with speaking() as client:
        found = client.query(_OUTPUTS, id=review)["review"]
        if found is None:
            raise NotFound(f'Expected the id of a review that you may see, but there is no "{review}".')
        types = {output["name"]: output["type"]["name"] for output in found["outputs"] if output["type"]}
        corrections = read_given(client, correct or [], types, "correct")
        decision = verdict.value.upper()
        done = client.mutate(_DECIDE, reviewId=review, decision=decision, corrections=corrections, comment=comment)
        status = done["review"]["status"].lower() if done["review"] else f"{verdict.value}ed"
        console.print(f"review {status}")


def _print(review: dict[str, Any]) -> None:
    job = review["job"] or {}
    workflow = (job.get("workflow") or {}).get("name", "")
    title = f", {job['title']}" if job.get("title") else ""
    console.print(f"review {review['id']}", style="bold")
    console.print(f"  {workflow}{title}: task {review['task']} of job {review['jobId']}")
    console.print(f"  waits since {review['requestedAt'][:19].replace('T', ' ')} UTC{_until(review)}{_claimed(review)}")
    for line in (review["guidance"] or "").strip().splitlines():
        console.print(f"  | {line}")
    for value in review["outputs"]:
        console.print(f"  {show_value(value['name'], value)}")
    for value in review["shown"]:
        console.print(f"  {show_value('beside it: ' + value['name'], value)}")


def _until(review: dict[str, Any]) -> str:
    return f", due {review['dueAt'][:19].replace('T', ' ')} UTC" if review["dueAt"] else ""


def _claimed(review: dict[str, Any]) -> str:
    claimed = review["claimedBy"]
    return f", claimed by {claimed['name'] or claimed['id']}" if claimed else ""
