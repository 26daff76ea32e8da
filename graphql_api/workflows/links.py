"""Links that are proposed, as the schema shows them."""

from __future__ import annotations

from enum import Enum

from domain.workflows.linking import Proposal, proposals
from domain.workflows.wiring import Wiring
from graphql_api.describe import about, enumeration, object_type
from graphql_api.scalars import JSON
from graphql_api.workflows.design_types import TaskEdge, show_edge
from graphql_api.workflows.reading import show_operation


@enumeration
class LinkReason(Enum):
    """What speaks for a link: the same name and a type that fits, words that the names have in common, or that no other source has the type."""

    NAME_AND_TYPE = "name_and_type"
    NAME = "name"
    ONLY_TYPE = "only_type"


@object_type
class LinkProposal:
    """A link for an input that nothing feeds yet."""

    edge: TaskEdge = about("The edge that it would be.")
    why: LinkReason = about("What speaks for it.")
    operation: JSON = about("The operation that connects it, as `editWorkflow` takes it.")


def show_links(wiring: Wiring) -> list[LinkProposal]:
    """The proposals for a draft, in the order of its tasks."""
    return [_show(one) for one in proposals(wiring)]


def _show(proposal: Proposal) -> LinkProposal:
    return LinkProposal(
        edge=show_edge(proposal.edge),
        why=LinkReason(proposal.why),
        operation=JSON(show_operation(proposal.operation.model_dump(mode="json", exclude_none=True))),
    )
