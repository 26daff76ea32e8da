"""What a client is told when something of ours fails: never why, always what to do."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from event_store.units import StoreUnavailable
from graphql_api import context
from tests.conftest import TemplateDatabase
from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import CREATE, START, active_workflow, given

VIEWER = "{ viewer { name } }"


def test_a_bug_of_ours_is_masked_under_the_requests_id_and_logged(
    admin: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("graphql_api.workspaces.queries.show_viewer", broken)
    with caplog.at_level(logging.ERROR):
        error = admin.error(VIEWER)
    assert "hunter2" not in str(error)
    assert error["extensions"]["code"] == "INTERNAL_ERROR"
    request_id = error["extensions"]["requestId"]
    assert request_id in error["message"]
    (record,) = [record for record in caplog.records if request_id in record.getMessage()]
    assert record.exc_info is not None
    assert "hunter2" in str(record.exc_info[1])


def test_a_bug_in_a_stream_is_masked_too(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("graphql_api.workspaces.queries.show_viewer", broken)
    with admin.socket() as socket, admin.stream(VIEWER) as stream:
        for answer in (*socket.subscribe("1", VIEWER), *stream):
            assert "hunter2" not in str(answer)
            assert answer["errors"][0]["extensions"]["code"] == "INTERNAL_ERROR"


def test_a_store_that_is_away_refuses_commands_and_says_that_they_may_be_repeated(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> Any:
        raise StoreUnavailable("could not connect to 10.0.0.7")

    monkeypatch.setattr(house.system.dispatch, "send", away)
    document = "mutation ($input: CreateWorkflowInput!) { createWorkflow(input: $input) { ... on CommandRefused { code message retryable } } }"
    refused = admin.ask(document, input={"name": "Invoices"})
    assert (refused["code"], refused["retryable"]) == ("STORE_UNAVAILABLE", True)
    assert "10.0.0.7" not in refused["message"]


def test_a_store_that_is_away_is_told_to_readers_too(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = 'query { workflow(id: "01a203b2-0000-7000-8000-000000000000") { name } }'

    async def away(*_: object, **__: object) -> Any:
        raise StoreUnavailable("could not connect to 10.0.0.7")

    monkeypatch.setattr(house.system.views, "fetch", away)
    error = admin.error(workflow)
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("STORE_UNAVAILABLE", True)
    monkeypatch.setattr(house.system.views, "read", away)
    answer = admin.http.post("/graphql", json={"query": workflow})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "10.0.0.7" not in answer.text
    monkeypatch.setattr(house.system.reader, "last_position", away)
    ready = httpx2.get(f"{house.url}/readyz", trust_env=False)
    assert (ready.status_code, ready.text) == (503, "Expected the database to answer, but it does not.\n")
    assert httpx2.get(f"{house.url}/healthz", trust_env=False).status_code == 200


@pytest.fixture
def lagging(template_database: TemplateDatabase, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of one's own, in which the projector can be stopped."""
    database = template_database.copy()
    house = House.on(database.service_dsn, tmp_path_factory.mktemp("lagging"))
    yield house
    house.close()
    template_database.drop(database)


def test_read_models_that_lag_turn_no_success_into_an_error(lagging: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context, "VIEWS_SECONDS_MAX", 0.1)
    admin = lagging.open_workspace()
    workflow_id = active_workflow(admin)
    lagging.end_projecting()
    started = admin.ask(START, input={"workflowId": workflow_id, "inputs": [given("amount", "1")]})
    assert (started["__typename"], started["job"]) == ("StartJobSuccess", None)
    asked = "query ($id: ID!, $at: Position) { job(id: $id, atLeastPosition: $at) { status } }"
    error = admin.error(asked, id=started["jobId"], at=started["position"])
    assert (error["extensions"]["code"], error["extensions"]["retryable"]) == ("POSITION_NOT_REACHED", True)
    assert admin.ask("{ readModels { behind } }") == {"behind": 2}
    lagging.begin_projecting()
    monkeypatch.setattr(context, "VIEWS_SECONDS_MAX", 10)
    assert admin.ask(asked, id=started["jobId"], at=started["position"]) == {"status": "IN_PROGRESS"}
    assert admin.ask("{ readModels { behind } }") == {"behind": 0}


def test_a_document_is_checked_once_and_kept(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    document = "{ viewer { name } } # kept"
    admin.ask(document)

    def never(*_: object, **__: object) -> Any:
        raise AssertionError("parsed or checked again")

    monkeypatch.setattr("graphql_api.operations.parse", never)
    monkeypatch.setattr("graphql_api.operations.validate_document", never)
    assert admin.ask(document) == {"name": "admin"}


def test_a_refused_document_is_refused_again(admin: Client) -> None:
    for _ in range(2):
        assert "Cannot query field 'nothing'" in admin.error("{ viewer { nothing } }")["message"]


def test_an_anonymous_mutation_runs(admin: Client) -> None:
    assert admin.ask(CREATE, input={"name": "Invoices"})["__typename"] == "CreateWorkflowSuccess"
