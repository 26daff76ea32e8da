"""How far a run is that an action performs is shown at its task like that of a worker, and gone with the run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from anyio.from_thread import start_blocking_portal

from tests.graphql_api.external.works import Works, activated, job, start, until_status
from tests.graphql_api.house import Client, wait_until
from tests.graphql_api.workshop import TEXT
from tests.tool_server import TOKEN, tools_by_http

CREATE_CREDENTIAL = "mutation ($input: CreateCredentialInput!) { createCredential(input: $input) { __typename } }"
CANCEL = "mutation ($input: CancelJobInput!) { cancelJob(input: $input) { __typename } }"


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(tools_by_http(tmp_path)) as url:
        yield url


def holding(client: Client, url: str) -> str:
    """The id of an active workflow that calls a tool which says how far it is, with the text as its note."""
    given = {"input": {"name": "tools", "kind": "mcp", "values": {"url": url, "token": TOKEN}}}
    assert client.ask(CREATE_CREDENTIAL, **given)["__typename"] == "CreateCredentialSuccess"
    config = {"credential": "tools", "tool": "hold", "repeatable": True, "inputs": [{"name": "note", "type": TEXT}]}
    operations: list[dict[str, Any]] = [
        {"declareInput": {"input": {"name": "text", "type": TEXT}}},
        {"declareOutput": {"output": {"name": "text", "type": TEXT}}},
        {"addTask": {"task": "hold", "kind": "tool", "config": config}},
        {"connectEdge": {"edge": {"path": ["text"], "target": "hold", "input": "note"}}},
        {"connectEdge": {"edge": {"source": "hold", "path": ["text"], "input": "text"}}},
    ]
    return activated(client, "Holding", operations)


def rows(works: Works, job_id: str) -> int:
    query = "select count(*) from run_progress where job_id = %b"
    [(count,)] = works.do(works.system.reader.rows(query, (UUID(job_id),)))
    return int(count)


def shown(client: Client, job_id: str) -> list[Any]:
    """What is shown at the tasks, and at the blockers."""
    found = job(client, job_id) or {"tasks": {"nodes": []}, "blockers": []}
    return [each["progress"] for each in (*found["tasks"]["nodes"], *found["blockers"]) if each["progress"]]


def test_what_a_tool_says_is_shown_without_secrets_while_it_is_called(
    admin: Client, works: Works, url: str, tmp_path: Path
) -> None:
    job_id = start(admin, holding(admin, url), "half")
    wait_until(lambda: len(shown(admin, job_id)) == 2, "its progress")
    assert shown(admin, job_id) == [{"done": 1, "total": 2, "note": "half, by •••!"}] * 2
    (tmp_path / "go").touch()
    until_status(admin, job_id, "COMPLETED")
    assert shown(admin, job_id) == []
    wait_until(lambda: rows(works, job_id) == 0, "the end of the row")


def test_it_is_gone_with_a_run_that_is_cancelled(admin: Client, works: Works, url: str) -> None:
    job_id = start(admin, holding(admin, url), "half")
    wait_until(lambda: shown(admin, job_id), "its progress")
    assert rows(works, job_id) == 1
    admin.ask(CANCEL, input={"jobId": job_id, "reason": "Not needed"})
    wait_until(lambda: rows(works, job_id) == 0, "the end of the row")
    assert shown(admin, job_id) == []
