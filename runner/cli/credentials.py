"""`opus credentials` and `opus credential …`: what tasks show to other systems, made, tested, changed and removed."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from domain.credentials.decide import credential_id_of
from runner.cli.client import REFUSED, ApiClient
from runner.cli.credential_values import Change, read_change
from runner.cli.finding import NotFound, workspace_id
from runner.cli.output import console, print_table, speaking
from runner.cli.verb import Verb
from runner.refused import Refused

ROWS_DEFAULT = 20
ROWS_MAX = 100
TEST_SECONDS_MAX = 60.0
TEST_POLL_SECONDS = 0.2

_CREDENTIALS = """
query ($workspace: ID!, $first: Int!, $filter: CredentialFilter) {
  workspace(id: $workspace) {
    credentials(first: $first, filter: $filter) {
      nodes { name kind status revision testAwaited test { succeeded at } lastUse { at } }
    }
  }
}
"""
_CREDENTIAL = """
query ($name: String!, $first: Int!) {
  credential(name: $name) {
    id name kind status reason description revision fields settings setAt testAwaited test { succeeded message at jobId }
    usedBy { workflow { name } task status }
    uses(first: $first) { nodes { at task run revision jobId } }
  }
}
"""
_KINDS = "{ credentialKinds { name title help schema secretFields } }"
_TESTED = "query ($id: ID!, $position: Position) { credential(id: $id, atLeastPosition: $position) { testAwaited test { succeeded message } } }"
_CHANGED = "credentialId position"
_CREATE = f"mutation ($input: CreateCredentialInput!) {{ createCredential(input: $input) {{ __typename ... on CredentialChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_SET = f"mutation ($input: SetCredentialSecretInput!) {{ setCredentialSecret(input: $input) {{ __typename ... on CredentialChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_TEST = f"mutation ($input: TestCredentialInput!) {{ testCredential(input: $input) {{ __typename ... on CredentialChanged {{ {_CHANGED} }} {REFUSED} }} }}"
_REMOVE = f"mutation ($input: RemoveCredentialInput!) {{ removeCredential(input: $input) {{ __typename ... on CredentialChanged {{ {_CHANGED} }} {REFUSED} }} }}"

app = typer.Typer(no_args_is_help=True, help="Keep what tasks show to other systems.")

Name = Annotated[str, typer.Argument(help="The name of the credential.", show_default=False)]
Given = Annotated[
    list[str] | None,
    typer.Option("--set", "-s", help="A field that is not secret, as host=mail.example.com; may be repeated."),
]
Values = Annotated[
    Path | None,
    typer.Option("--values", help="A JSON file of fields, secret ones too; - for standard input.", show_default=False),
]
Asked = Annotated[
    list[str] | None, typer.Option("--ask", help="A secret field to ask for; may be repeated.", show_default=False)
]


class TestFailed(Refused):
    """Expected the credential to be accepted, but it was not."""


def credentials(
    kind: Annotated[list[str] | None, typer.Option(help="Only those of this kind.", show_default=False)] = None,
    *,
    removed: Annotated[bool, typer.Option("--removed", help="Those that were removed.")] = False,
    first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many, the newest first.")] = ROWS_DEFAULT,
) -> None:
    """List credentials: their kinds, whether they were tested, and when they were used last. Secrets are never shown."""
    with speaking() as client:
        chosen = {"statuses": ["REMOVED"]} if removed else {}
        chosen |= {"kinds": kind} if kind else {}
        answer = client.query(_CREDENTIALS, workspace=workspace_id(client), first=first, filter=chosen)
        rows = [
            (one["name"], one["kind"], str(one["revision"]), _tested(one), _moment((one["lastUse"] or {}).get("at")))
            for one in answer["workspace"]["credentials"]["nodes"]
        ]
        if rows:
            print_table(("credential", "kind", "revision", "tested", "last used (UTC)"), rows)
        else:
            console.print("No credentials." if chosen else "No credentials. `opus credential add` makes one.")


@app.command(cls=Verb)
def kinds() -> None:
    """List the kinds of credentials, with the fields of each; those in brackets may be left out, those with * are secret."""
    with speaking() as client:
        for kind in client.query(_KINDS)["credentialKinds"]:
            console.print(f"{kind['name']}  {kind['title']}: {kind['help']}")
            required, secret = kind["schema"]["required"], kind["secretFields"]
            words = [f"{name}{'*' if name in secret else ''}" for name in kind["schema"]["properties"]]
            console.print("  " + " ".join(word if word.rstrip("*") in required else f"[{word}]" for word in words))


@app.command(cls=Verb)
def add(
    name: Name,
    kind: Annotated[str, typer.Argument(help="Its kind, as `opus credential kinds` lists them.", show_default=False)],
    given: Given = None,
    values: Values = None,
    ask: Asked = None,
    *,
    description: Annotated[str | None, typer.Option(help="What it is for.", show_default=False)] = None,
) -> None:
    """Make a credential. The secret fields it needs are asked for, and those of --ask, or read from --values; as arguments they would stand in lists of processes."""
    with speaking() as client:
        change = read_change(_kind(client, kind), given or [], values, ask or [], anew=True)
        client.mutate(_CREATE, name=name, kind=kind, values=change.values, description=description)
        console.print(f"credential {name} was created; `opus credential test {name}` tries it")


@app.command("set", cls=Verb)
def set_(
    name: Name,
    given: Given = None,
    values: Values = None,
    ask: Asked = None,
    drop: Annotated[
        list[str] | None, typer.Option(help="A field to take away; may be repeated.", show_default=False)
    ] = None,
) -> None:
    """Set fields of a credential; those that are not named stay as they are."""
    with speaking() as client:
        found = _find(client, name)
        change: Change = read_change(_kind(client, found["kind"]), given or [], values, ask or [], anew=False)
        new = {**change.values, **dict.fromkeys(drop or [])}
        if not new:
            raise Refused("Expected a field to set, with --set, --ask, --values or --drop, but there is none.")
        client.mutate(_SET, credentialId=found["id"], values=new)
        console.print(f"credential {name}: {', '.join(sorted(new))} set")


@app.command(cls=Verb)
def show(
    name: Name, first: Annotated[int, typer.Option(min=1, max=ROWS_MAX, help="How many uses, the latest first.")] = 10
) -> None:
    """Show a credential: its fields, its last test, which tasks name it, and which runs were given it."""
    with speaking() as client:
        found = _find(client, name, first)
        settings = found["settings"] or {}
        console.print(f"{found['name']}  {found['kind']}  {found['status']}  revision {found['revision']}")
        if found["description"]:
            console.print(f"  {found['description']}")
        for field in found["fields"]:
            console.print(f"  {field} = {json.dumps(settings[field]) if field in settings else '(set)'}")
        test = found["test"]
        console.print(f"  tested: {_tested(found)}{': ' + test['message'] if test and test['message'] else ''}")
        for use in found["usedBy"]:
            console.print(f"  named by task {use['task']} of {use['workflow']['name']} ({use['status'].lower()})")
        for use in found["uses"]["nodes"]:
            console.print(f"  {_moment(use['at'])}  {use['run']}  job {use['jobId']}  revision {use['revision']}")


@app.command(cls=Verb)
def test(name: Name) -> None:
    """Have a runner try a credential where it belongs, and wait for what comes of it; exit code 1 where it is not accepted."""
    with speaking() as client:
        asked = client.mutate(_TEST, credentialId=_id(client, name))
        deadline = time.monotonic() + TEST_SECONDS_MAX
        while True:
            found = client.query(_TESTED, id=asked["credentialId"], position=asked["position"])["credential"]
            if not found["testAwaited"]:
                break
            if time.monotonic() > deadline:
                raise TestFailed(
                    f"Expected a runner to try it within {TEST_SECONDS_MAX:g} s, but none has; does one run?"
                )
            time.sleep(TEST_POLL_SECONDS)
        if found["test"] is None or not found["test"]["succeeded"]:
            raise TestFailed(
                (found["test"] or {}).get("message") or "Expected it to be tried, but its secrets were set anew."
            )
        console.print(f"credential {name} is accepted: {found['test']['message']}")


@app.command(cls=Verb)
def remove(
    name: Name,
    reason: Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)] = None,
) -> None:
    """Remove a credential and delete its secrets; tasks that name it fail from now on."""
    with speaking() as client:
        client.mutate(_REMOVE, credentialId=_id(client, name), reason=reason)
        console.print(f"credential {name} is removed")


def _kind(client: ApiClient, name: str) -> dict[str, Any]:
    found = client.query(_KINDS)["credentialKinds"]
    for kind in found:
        if kind["name"] == name:
            chosen: dict[str, Any] = kind
            return chosen
    raise NotFound(f"Expected one of the kinds {', '.join(kind['name'] for kind in found)}, but got {name}.")


def _find(client: ApiClient, name: str, uses: int = 1) -> dict[str, Any]:
    found: dict[str, Any] | None = client.query(_CREDENTIAL, name=name, first=uses)["credential"]
    if found is None:
        raise NotFound(f'Expected the name of a credential, as `opus credentials` lists them, but "{name}" is none.')
    return found


def _id(client: ApiClient, name: str) -> str:
    return str(credential_id_of(UUID(workspace_id(client)), name))


def _tested(found: dict[str, Any]) -> str:
    if found["testAwaited"]:
        return "awaited"
    test = found["test"]
    return "never" if test is None else f"{_moment(test['at'])} {'accepted' if test['succeeded'] else 'not accepted'}"


def _moment(text: str | None) -> str:
    return "" if text is None else text[:16].replace("T", " ")
