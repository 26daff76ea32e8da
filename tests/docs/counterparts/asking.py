"""A model for the examples of pages whose tasks ask one: a server in a thread of its own, and a credential that reaches it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from anyio.from_thread import start_blocking_portal

from tests.model_servers import Reply, Says, models
from tests.runner.up import Up

CREATE = "mutation ($input: CreateCredentialInput!) { createCredential(input: $input) { __typename } }"


def create_credential(up: Up, name: str, kind: str, values: Mapping[str, Any]) -> None:
    """A credential of the workspace; values of one that is there already are set anew."""
    given = {"input": {"name": name, "kind": kind, "values": dict(values)}}
    said = up.fast("query", CREATE, "--variables", json.dumps(given))
    assert "CreateCredentialSuccess" in said, said


@contextmanager
def answering(up: Up, name: str) -> Iterator[None]:
    """A model that sums up, sorts and finds nothing wrong."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(models()) as speaking:
        speaking.otherwise = _answer
        create_credential(up, name, "model", speaking.openai)
        yield


def _answer(asked: dict[str, Any]) -> Reply:
    told = json.dumps(asked)
    if "urgency" in told:
        return Says({"wish": "complaint", "urgency": 0.9, "deadline": None})
    if "verdict" in told:
        return Says({"findings": [], "verdict": "accepted"})
    return Says("The order is late. The sender wants it now.", as_text=True)
