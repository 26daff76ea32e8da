"""Edits of edges."""

from __future__ import annotations

from graphql_api.describe import about, input_type, optional
from graphql_api.workflows.operations.parts import EdgeInput


@input_type
class ConnectEdgeOperation:
    """Connects an edge, directly before another in edge order, or last."""

    edge: EdgeInput = about("The edge.")
    before: EdgeInput | None = optional("The edge it comes directly before.")


@input_type
class DisconnectEdgeOperation:
    """Removes an edge."""

    edge: EdgeInput = about("The edge.")


@input_type
class OrderEdgesOperation:
    """Puts the edges of one end in this order."""

    target: str | None = optional("The task they lead to; left out for an output of the workflow.")
    input: str | None = optional("The input or output they feed; left out for the route edges of the task.")
    edges: list[EdgeInput] = about("All edges of that end, in their new order.")
