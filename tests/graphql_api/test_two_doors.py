"""Two API processes beside each other: who is first decides the log, never a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import START, active_workflow, given

KEYS = 100
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def doors(house: House) -> Iterator[list[str]]:
    """The URLs of two API processes."""
    settings = house.settings
    values = {
        "OPUS_HOME": str(settings.home),
        "OPUS_DATABASE_URL": settings.database_url or "",
        "OPUS_BLOBS": str(settings.blobs),
        "OPUS_MASTER_KEY_FILE": str(settings.master_key_file),
    }
    command = [sys.executable, "-m", "tests.graphql_api.door_process"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, env={**os.environ, **values}, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    try:
        yield [process.stdout.readline().strip() for process in processes if process.stdout]
    finally:
        for process in processes:
            process.kill()
            process.communicate()


def test_the_same_key_at_two_processes_at_the_same_moment_gives_one_job_each(
    house: House, admin: Client, doors: list[str]
) -> None:
    workflow_id = active_workflow(admin)
    clients = [house.client(url, admin.key, admin.workspace, admin.member) for url in doors]
    before = house.last_position()
    moment = Barrier(2)

    def start_all(client: Client) -> list[str]:
        found: list[str] = []
        for number in range(KEYS):
            moment.wait()
            inputs = [given("amount", str(number))]
            asked = {"workflowId": workflow_id, "inputs": inputs, "idempotencyKey": f"key {number}"}
            found.append(client.ask(START, input=asked)["jobId"])
        return found

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(start_all, clients)
    assert one == other
    assert len(set(one)) == KEYS
    assert house.last_position() - before == 2 * KEYS


def test_what_one_process_wrote_the_other_reads_at_its_position(house: House, admin: Client, doors: list[str]) -> None:
    one, other = (house.client(url, admin.key, admin.workspace, admin.member) for url in doors)
    workflow_id = active_workflow(one)
    asked = "query ($id: ID!, $at: Position) { job(id: $id, atLeastPosition: $at) { status } }"
    for number in range(20):
        started = one.ask(START, input={"workflowId": workflow_id, "inputs": [given("amount", str(number))]})
        assert other.ask(asked, id=started["jobId"], at=started["position"]) == {"status": "IN_PROGRESS"}
