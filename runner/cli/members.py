"""`opus members` and `opus member …`: who belongs to the workspace, and the keys they work with."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED, ApiClient
from runner.cli.finding import NotFound, workspace_id
from runner.cli.output import console, print_table, speaking
from runner.cli.verb import Verb

KEY_DAYS_DEFAULT = 90
KEY_DAYS_MAX = 366

_MEMBERS = """
query ($workspace: ID!, $after: Cursor, $position: Position) {
  workspace(id: $workspace) {
    members(first: 100, after: $after, atLeastPosition: $position) {
      nodes { id name roles addedAt } pageInfo { hasNextPage endCursor }
    }
  }
}
"""
_ADD = f"mutation ($input: AddMemberInput!) {{ addMember(input: $input) {{ __typename ... on AddMemberSuccess {{ memberId position }} {REFUSED} }} }}"
_KEY = f"mutation ($input: IssueApiKeyInput!) {{ issueApiKey(input: $input) {{ __typename ... on IssueApiKeySuccess {{ keyId key position }} {REFUSED} }} }}"
_REVOKE = f"mutation ($input: RevokeApiKeyInput!) {{ revokeApiKey(input: $input) {{ __typename {REFUSED} }} }}"

app = typer.Typer(no_args_is_help=True, help="Add a person to the workspace, and give keys.")


class Role(StrEnum):
    """What a member is: admin (all), builder (edit, run, review), operator (run, review), reviewer (what is assigned), auditor (read)."""

    ADMIN = "admin"
    BUILDER = "builder"
    OPERATOR = "operator"
    REVIEWER = "reviewer"
    AUDITOR = "auditor"


Days = Annotated[int, typer.Option(min=1, max=KEY_DAYS_MAX, help="For how many days the key is good.")]
Label = Annotated[str | None, typer.Option(help="What the key is for.", show_default=False)]


def members() -> None:
    """List the members of the workspace, in the order they were added."""
    with speaking() as client:
        rows = [
            (
                member["id"],
                member["name"] or "",
                " ".join(role.lower() for role in member["roles"]),
                member["addedAt"][:10],
            )
            for member in _members(client)
        ]
        print_table(("member", "name", "roles", "added"), rows)


@app.command(cls=Verb)
def add(
    name: Annotated[str, typer.Argument(help="The name.", show_default=False)],
    role: Annotated[
        list[Role], typer.Option(help="What the member will be; several can be named.", show_default=False)
    ],
    days: Days = KEY_DAYS_DEFAULT,
    label: Label = None,
) -> None:
    """Add a member and give a first key, which is shown once; needs the role admin."""
    with speaking() as client:
        added = client.mutate(_ADD, name=name, roles=[one.name for one in role])
        console.print(f"member {added['memberId']}")
        _give(client, added["memberId"], days, label)


@app.command(cls=Verb)
def key(
    member: Annotated[str, typer.Argument(help="Name or id of the member.", show_default=False)],
    days: Days = KEY_DAYS_DEFAULT,
    label: Label = None,
) -> None:
    """Give a member another key, which is shown once; the keys before stay good until they expire."""
    with speaking() as client:
        found = [one for one in _members(client) if member in (one["id"], one["name"])]
        if len(found) != 1:
            told = "there is none" if not found else f"{len(found)} have it; use the id"
            raise NotFound(
                f'Expected the name or id of one member, as `opus members` lists them, but "{member}": {told}.'
            )
        _give(client, found[0]["id"], days, label)


@app.command(cls=Verb)
def revoke(
    key: Annotated[str, typer.Argument(help="Id of the key, as printed when it was given.", show_default=False)],
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)] = None,
) -> None:
    """Take a key back: nothing answers to it any more."""
    with speaking() as client:
        client.mutate(_REVOKE, keyId=key, reason=reason)
        console.print(f"key {key} is revoked")


def _give(client: ApiClient, member_id: str, days: int, label: str | None) -> None:
    expires_at = datetime.now(UTC) + timedelta(days=days)
    given = client.mutate(_KEY, memberId=member_id, expiresAt=expires_at.isoformat(), label=label)
    workspace = workspace_id(client)
    client.query(_MEMBERS, workspace=workspace, position=given["position"])  # So that the key answers when it is read.
    console.print(f"key {given['key']}")
    console.print(f"  id {given['keyId']}")
    console.print(
        f"  It is shown only now, and good until {expires_at:%Y-%m-%d}. Whoever holds it sets OPUS_API_KEY to it."
    )


def _members(client: ApiClient) -> list[dict[str, Any]]:
    workspace, after = workspace_id(client), None
    found: list[dict[str, Any]] = []
    while True:
        page = client.query(_MEMBERS, workspace=workspace, after=after)["workspace"]["members"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]
