"""How a workflow stands at the server that a file is compared with: its open draft or, without one, its active version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain.workflows.design import Design, read_design
from runner.cli.client import ApiClient
from runner.cli.finding import find_workflow
from runner.refused import Refused

_STANDING = "query ($id: ID!) { workflow(id: $id) { draft { number design } active { number design } } }"


class WorkflowIsAway(Refused):
    """Expected a workflow in use, but it is archived or has no version."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What is drawn at the server, as which version, and whether that is a draft."""

    design: Design
    number: int
    is_draft: bool


def find_standing(client: ApiClient, name: str) -> Standing | None:
    """How the workflow of this name or id stands; None where there is none, refused where it takes no edits any more."""
    found = find_workflow(client, name)
    if found is None:
        return None
    shown: dict[str, Any] = client.query(_STANDING, id=found["id"])["workflow"]
    version = shown["draft"] or shown["active"]
    if version is None or found["status"] == "ARCHIVED":
        raise WorkflowIsAway(f"Expected a workflow in use, but {name} is {found['status'].lower()}.")
    return Standing(read_design(version["design"]), version["number"], shown["draft"] is not None)
