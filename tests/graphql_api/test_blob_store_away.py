"""A blob store that is away: what needs it is refused with a sentence and leaves nothing behind, all else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import START, active_workflow, given, started_job

FILES = {"Content-Type": "text/plain"}


@contextmanager
def away(house: House) -> Iterator[None]:
    """The folder of the store is not mounted as long as the block lasts."""
    folder = house.settings.blobs_folder
    assert folder is not None
    elsewhere = folder.with_name("mounted elsewhere")
    folder.rename(elsewhere)
    folder.mkdir()
    try:
        yield
        assert list(folder.iterdir()) == []
    finally:
        folder.rmdir()
        elsewhere.rename(folder)


@pytest.fixture
def workflow(admin: Client) -> str:
    """An active workflow whose graph the API knows already."""
    workflow_id = active_workflow(admin)
    started_job(admin, workflow_id)
    return workflow_id


def test_a_job_with_a_large_input_is_refused_and_can_be_started_again(
    house: House, admin: Client, workflow: str
) -> None:
    inputs = [given("amount", "1.00"), given("note", "x" * 100_000)]
    asked = {"workflowId": workflow, "inputs": inputs, "commandId": "the same"}
    before = house.last_position()
    with away(house):
        refused = admin.ask(START, input=asked)
        assert (refused["code"], refused["retryable"]) == ("BLOB_STORE_UNAVAILABLE", True)
        assert house.last_position() == before
        assert started_job(admin, workflow)  # What needs no store goes on.
    assert admin.ask(START, input=asked)["__typename"] == "StartJobSuccess"


def test_a_file_is_refused_as_unavailable_and_taken_when_the_store_is_back(house: House, admin: Client) -> None:
    with away(house):
        refused = admin.http.post("/files?name=a.txt", content=b"content", headers=FILES)
        assert refused.status_code == 503
        assert refused.headers["Retry-After"]
        assert refused.json()["errors"][0]["extensions"]["code"] == "BLOB_STORE_UNAVAILABLE"
    assert admin.http.post("/files?name=a.txt", content=b"content", headers=FILES).status_code == 201


def test_a_file_that_cannot_be_read_now_is_not_told_to_be_missing(house: House, admin: Client) -> None:
    stored = admin.http.post("/files?name=a.txt", content=b"content", headers=FILES).json()
    with away(house):
        assert admin.http.get(stored["url"]).status_code == 503
    assert admin.http.get(stored["url"]).content == b"content"
