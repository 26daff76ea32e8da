"""Organizations and workspaces, as the dispatch takes them."""

from __future__ import annotations

from domain.subject import Subject
from domain.workspaces.decide import decide, decide_organization
from domain.workspaces.state import NoOrganization, NoWorkspace, evolve, evolve_organization

ORGANIZATIONS = Subject(
    name="organization",
    initial=lambda _: NoOrganization(),
    decide=decide_organization,
    evolve=evolve_organization,
)
WORKSPACES = Subject(
    name="workspace",
    initial=lambda _: NoWorkspace(),
    decide=decide,
    evolve=evolve,
)
