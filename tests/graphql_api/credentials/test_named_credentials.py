"""Workflows whose tasks name credentials: what the checks say of these, and what each credential says of its tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.credentials.commands import RecordCredentialTested
from domain.kinds.registry import _KINDS
from tests.domain.workflows.own_kinds import Call
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import ACTIVATE, CREATE

MAKE = "mutation ($input: CreateCredentialInput!) { createCredential(input: $input) { ... on CredentialChanged { credentialId } } }"
CHECKS = "query ($id: ID!) { workflow(id: $id) { draft { checks { code severity place } } } }"
USED = "query ($name: String!) { credential(name: $name) { usedBy { workflow { name } number status task } } }"


@pytest.fixture(autouse=True)
def calling(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind that takes a bearer token or a password."""
    monkeypatch.setitem(_KINDS, "call", Call())


def workflow(client: Client) -> str:
    add = {"addTask": {"task": "ring", "kind": "call", "config": {"credential": "bank"}}}
    made: str = client.ask(CREATE, input={"name": "Ring", "operations": [add]})["workflowId"]
    return made


def checked(client: Client, workflow_id: str) -> list[dict[str, Any]]:
    found = client.ask(CHECKS, id=workflow_id)["draft"]["checks"]
    return [one for one in found if one["code"].startswith("CREDENTIAL")]


def test_checks_follow_the_credential_at_once(house: House, admin: Client) -> None:
    workflow_id = workflow(admin)
    missing = {"code": "CREDENTIAL_UNKNOWN", "severity": "ERROR", "place": "tasks.ring.credential"}
    assert checked(admin, workflow_id) == [missing]
    refused = admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    assert refused["code"] == "WORKFLOW_HAS_ERRORS"

    made = admin.ask(MAKE, input={"name": "bank", "kind": "bearer", "values": {"token": "t0ken-t0ken"}})
    assert [one["code"] for one in checked(admin, workflow_id)] == ["CREDENTIAL_UNTESTED"]
    command = RecordCredentialTested(
        at=datetime.now(UTC), credential_id=UUID(made["credentialId"]), revision=1, succeeded=True
    )
    house.send(command, admin.workspace)
    assert checked(admin, workflow_id) == []
    assert admin.ask(ACTIVATE, input={"workflowId": workflow_id})["__typename"] == "ActivateWorkflowSuccess"


def test_a_credential_of_another_kind_is_an_error(admin: Client) -> None:
    admin.ask(MAKE, input={"name": "bank", "kind": "smtp", "values": {"host": "mail.example.com"}})
    assert [one["code"] for one in checked(admin, workflow(admin))] == ["CREDENTIAL_MISFIT"]


def test_a_credential_says_which_tasks_name_it(house: House, admin: Client) -> None:
    admin.ask(MAKE, input={"name": "bank", "kind": "bearer", "values": {"token": "t0ken-t0ken"}})
    workflow_id = workflow(admin)
    asked = {"name": "bank"}
    draft = {"workflow": {"name": "Ring"}, "number": 1, "status": "DRAFT", "task": "ring"}
    house.do(house.system.waiting.wait_for(house.last_position(), 20))
    assert admin.ask(USED, **asked)["usedBy"] == [draft]
    admin.ask(ACTIVATE, input={"workflowId": workflow_id})
    house.do(house.system.waiting.wait_for(house.last_position(), 20))
    assert admin.ask(USED, **asked)["usedBy"] == [draft | {"status": "ACTIVE"}]
