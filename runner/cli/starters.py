"""What webhooks and schedules have in common on the command line: a name, a workflow whose jobs they start, and the same things done to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import typer

from runner.cli.client import REFUSED, ApiClient
from runner.cli.finding import NotFound, get_workflow, workspace_id
from runner.cli.output import console, shown

ROWS_DEFAULT = 20
ROWS_MAX = 100

Reason = Annotated[str | None, typer.Option(help="Why; it stands in the record.", show_default=False)]
OfWorkflow = Annotated[
    str | None, typer.Option("--workflow", help="Only those of this workflow, by name or id.", show_default=False)
]
Rows = Annotated[int, typer.Option("--first", min=1, max=ROWS_MAX, help="How many, the newest first.")]


@dataclass(frozen=True, slots=True)
class Starter:
    """One kind of what starts jobs, as the API names it; `changed` is what is asked for of one that was changed."""

    kind: str
    changed: str

    def mutation(self, verb: str) -> str:
        """The document that does this to one of them."""
        name = f"{verb}{self.kind.capitalize()}"
        changed = f"... on {self.kind.capitalize()}Changed {{ {self.changed} }}"
        given = f"{name[0].upper()}{name[1:]}Input"
        return f"mutation ($input: {given}!) {{ {name}(input: $input) {{ __typename {changed} {REFUSED} }} }}"

    def find(self, client: ApiClient, name: str) -> dict[str, Any]:
        """Id, name and workflow of the one with this name or id; refuses where there is none."""
        what = "id name workflow { id }"
        by_id = client.query(f"query ($id: ID!) {{ {self.kind}(id: $id) {{ {what} }} }}", id=name)[self.kind]
        if by_id is not None:
            found: dict[str, Any] = by_id
            return found
        document = f"""
        query ($workspace: ID!, $name: String!) {{
          workspace(id: $workspace) {{ {self.kind}s(filter: {{ name: $name }}) {{ nodes {{ {what} }} }} }}
        }}
        """
        answer = client.query(document, workspace=workspace_id(client), name=name)
        for found in answer["workspace"][f"{self.kind}s"]["nodes"]:
            return found
        expected = f"the name or id of a {self.kind}, as `opus {self.kind}s` lists them"
        raise NotFound(f'Expected {expected}, but there is no "{name}".')

    def do(self, client: ApiClient, verb: str, name: str, reason: str | None, done: str) -> dict[str, Any]:
        """Does this to the one of this name, and says that it is done; gives what was changed."""
        found = self.find(client, name)
        changed = client.mutate(self.mutation(verb), **{f"{self.kind}Id": found["id"]}, reason=reason)
        console.print(f"{self.kind} {found['name']} {done}")
        return changed


def chosen_of(client: ApiClient, statuses: list[Any] | None, workflow: str | None) -> dict[str, Any]:
    """The filter of a list."""
    return {
        **({"statuses": [one.name for one in statuses]} if statuses else {}),
        **({"workflowId": get_workflow(client, workflow)["id"]} if workflow else {}),
    }


def tell_lines(lines: dict[str, str | None]) -> int:
    """Prints what is said of one, each part with its name; gives the width of the names."""
    width = max(map(len, lines))
    for name, said in lines.items():
        if said:
            console.print(f"{name.ljust(width)}  {said}")
    return width


def inputs_of(found: dict[str, Any]) -> str:
    """The inputs that every job is given."""
    return ", ".join(f"{value['name']} = {_value(value)}" for value in found["inputs"])


def _value(value: dict[str, Any]) -> str:
    if value["file"]:
        return str(value["file"]["name"])
    return shown(value["json"]) if value["size"] is None else f"{value['size']} bytes"
