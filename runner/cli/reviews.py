"""`opus reviews` and `opus decide`: what waits for a person, and its answer."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED, ApiRefused
from runner.cli.finding import NotFound, workspace_id
from runner.cli.given import read_given
from runner.cli.output import SHOWN_CHARACTERS_MAX, console, speaking
from runner.cli.run import show_value

NO_REVIEW = 'Expected the id of a review that you may see, but there is no "{id}".'

_VALUE = "name type { name } json size url file { name size url } files { name size url }"
_REVIEW = f"""
id jobId jobTitle workflowName task requestedAt dueAt guidance claimedBy {{ id name }}
outputs {{ {_VALUE} }}
shown {{ {_VALUE} }}
"""
_INBOX = f"""
query ($workspace: ID!, $first: Int!) {{
  workspace(id: $workspace) {{ reviews(filter: {{ inbox: ALL }}, first: $first) {{ nodes {{ {_REVIEW} }} }} }}
}}
"""
_ONE = f"query ($id: ID!) {{ review(id: $id) {{ status decidedAt decidedBy {{ id name }} comment {_REVIEW} }} }}"
_OUTPUTS = "query ($id: ID!) { review(id: $id) { outputs { name type { name } } } }"
_DECIDE = f"""
mutation ($input: DecideReviewInput!) {{
  decideReview(input: $input) {{
    __typename
    ... on ReviewChanged {{ review {{ status corrections {{ output before {{ {_VALUE} }} after {{ {_VALUE} }} }} }} }}
    {REFUSED}
  }}
}}
"""


class Verdict(StrEnum):
    """What a reviewer decides."""

    ACCEPT = "accept"
    REJECT = "reject"


def reviews(
    review: Annotated[
        str | None,
        typer.Argument(help="Id of one review, which is shown whole; else all that wait.", show_default=False),
    ] = None,
    first: Annotated[int, typer.Option(min=1, max=100, help="How many, the first due first.")] = 20,
) -> None:
    """Show what waits for you or your roles, and exactly what must be judged; with the id of a review, nothing of it is cut."""
    with speaking() as client:
        if review is not None:
            one = client.query(_ONE, id=review)["review"]
            if one is None:
                raise NotFound(NO_REVIEW.format(id=review))
            _print(one, whole=True)
            return
        answer = client.query(_INBOX, workspace=workspace_id(client), first=first)
        found = answer["workspace"]["reviews"]["nodes"]
        for waiting in found:
            _print(waiting)
        if found:
            console.print(
                "\n`opus reviews REVIEW` shows one whole; `opus decide REVIEW accept` (or reject) answers it."
            )
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
            raise NotFound(NO_REVIEW.format(id=review))
        types = {output["name"]: output["type"]["name"] for output in found["outputs"] if output["type"]}
        corrections = read_given(client, correct or [], types, "correct")
        decision = verdict.value.upper()
        try:
            done = client.mutate(_DECIDE, reviewId=review, decision=decision, corrections=corrections, comment=comment)
        except ApiRefused as refused:
            if refused.code != "REVIEW_ALREADY_DECIDED":
                raise
            before = _decided(client.query(_ONE, id=review)["review"])
            message = f"Expected a review that waits for an answer, but it was {before}."
            raise ApiRefused(refused.code, message, []) from None
        decided = done["review"] or {"status": f"{verdict.value}ed", "corrections": []}
        console.print(f"review {decided['status'].lower()}")
        for changed in decided["corrections"] or ():
            before, after = show_value(changed["output"], changed["before"]), show_value("now", changed["after"])
            console.print(f"  corrected: {before}, {after}")


def _print(review: dict[str, Any], *, whole: bool = False) -> None:
    most = None if whole else SHOWN_CHARACTERS_MAX
    title = f", {review['jobTitle']}" if review["jobTitle"] else ""
    console.print(f"review {review['id']}", style="bold")
    console.print(f"  {review['workflowName'] or ''}{title}: task {review['task']} of job {review['jobId']}")
    console.print(f"  waits since {review['requestedAt'][:19].replace('T', ' ')} UTC{_until(review)}{_claimed(review)}")
    if review.get("decidedAt"):
        console.print(f"  {_decided(review)}{': ' + review['comment'] if review['comment'] else ''}")
    for line in (review["guidance"] or "").strip().splitlines():
        console.print(f"  | {line}")
    for value in review["outputs"]:
        console.print(f"  {show_value(value['name'], value, most)}")
    for value in review["shown"]:
        console.print(f"  {show_value('beside it: ' + value['name'], value, most)}")


def _decided(review: dict[str, Any]) -> str:
    by = review["decidedBy"] or {}
    when = (review["decidedAt"] or "")[:19].replace("T", " ")
    return f"{review['status'].lower()} at {when} UTC by {by.get('name') or by.get('id')}"


def _until(review: dict[str, Any]) -> str:
    return f", due {review['dueAt'][:19].replace('T', ' ')} UTC" if review["dueAt"] else ""


def _claimed(review: dict[str, Any]) -> str:
    claimed = review["claimedBy"]
    return f", claimed by {claimed['name'] or claimed['id']}" if claimed else ""
