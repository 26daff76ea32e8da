"""`opus up` with real processes: whatever is killed comes back, and when it is told to stop nothing is left."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from event_store.embedded import EmbeddedPostgres
from runner.precedence import STEPS_BACK
from tests.conftest import TemplateDatabase
from tests.runner.up import READY, Up, ended, free_port, wait_for

pytestmark = pytest.mark.timeout(180)

WORKFLOW = """\
format: opus.workflow.1
name: Is it large
inputs:
  amount: {type: float}
tasks:
  large:
    kind: decision
    conditions:
      - {source: amount, operation: greater, value: 100}
    inputs:
      amount: {type: float, from: inputs.amount}
outputs:
  large: {type: bool, from: large.final_decision}
"""


@pytest.fixture
def home(short_folder: Path) -> Iterator[Path]:
    home = short_folder / "home"
    yield home
    EmbeddedPostgres(home).destroy()


def run_job(up: Up) -> None:
    said = up.fast("run", "Is it large", "--input", "amount=250", "--watch")
    assert "job completed" in said
    assert "large = true" in said


def test_what_is_killed_comes_back_and_what_is_stopped_leaves_nothing(home: Path, tmp_path: Path) -> None:
    up = Up(home, free_port())
    try:
        up.until(READY)
        file = tmp_path / "workflow.yaml"
        file.write_text(WORKFLOW)
        up.opus("apply", str(file))
        run_job(up)

        for verb, name in (("serve", "API"), ("work", "runner"), ("project", "projector")):
            up.part(verb).kill()
            up.until(f"{name} ended (signal SIGKILL); starting it again")
            up.until(f"{name} is ready", times=2)
            assert up.part(verb).nice() == psutil.Process().nice() + STEPS_BACK.get(verb, 0)
            run_job(up)

        postgres = EmbeddedPostgres(home)
        killed = postgres.pid
        assert killed is not None
        psutil.Process(killed).kill()
        up.until("database ended; starting it again")
        up.until("database is ready", times=2)
        run_job(up)
        assert up.opus("verify").startswith("log intact")

        processes = up.processes()
        assert up.stop() == 0
        assert [line.split(" ", 1)[1] for line in up.lines[-5:]] == [
            "stopping …",
            "API stopped",
            "runner stopped",
            "projector stopped",
            "database stopped",
        ]
        wait_for(lambda: ended(processes), "every process to end", seconds=5)
        assert not postgres.is_running()
    finally:
        up.stop(signal.SIGKILL)


def test_after_a_killed_supervisor_the_parts_end_and_the_next_one_finds_the_database(home: Path) -> None:
    first = Up(home, free_port())
    try:
        first.until(READY)
        parts = [first.part(verb) for verb in ("serve", "work", "project")]
        database = EmbeddedPostgres(home).pid
        first.stop(signal.SIGKILL)

        second = Up(home, first.port)
        try:
            second.until(READY)
            wait_for(lambda: ended(parts), "the first one's parts to end")
            assert EmbeddedPostgres(home).pid == database
            assert "viewer" in second.fast("query", "{ viewer { workspaceId } }")

            third = Up(home, free_port())
            assert third.stop(signal.SIGCONT) == 1
            assert third.lines == [f"Expected no other `opus up` on {home}, but one is running; stop it first."]
        finally:
            assert second.stop(signal.SIGTERM) == 0
    finally:
        first.stop(signal.SIGKILL)


def test_a_database_of_ones_own_is_used_instead_and_left_running(
    home: Path, template_database: TemplateDatabase
) -> None:
    database = template_database.empty()
    try:
        urls = {"OPUS_DATABASE_URL": database.service_dsn, "OPUS_OWNER_DATABASE_URL": database.owner_dsn}
        up = Up(home, free_port(), **urls)
        try:
            up.until(READY)
            assert "Administrator" in up.fast("query", "{ viewer { name } }")
            assert up.fast("verify").startswith("log intact")
            assert up.stop() == 0
            assert up.said("database") == 0
            assert not (home / "postgres").exists()
        finally:
            up.stop(signal.SIGKILL)
        with psycopg.connect(database.service_dsn) as service, pytest.raises(psycopg.errors.InsufficientPrivilege):
            service.execute("delete from stored_events")
    finally:
        template_database.drop(database)


def test_a_port_that_is_taken_is_refused_before_anything_is_begun(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        up = Up(home, taken.getsockname()[1])
        assert up.stop(signal.SIGCONT) == 1
    port = up.port
    assert up.lines == [
        f"Expected 127.0.0.1:{port} to be free, but another program listens there; stop it or set OPUS_PORT."
    ]
    assert not (home / "postgres").exists()


def test_told_to_stop_before_it_is_ready_it_leaves_nothing(home: Path) -> None:
    up = Up(home, free_port())
    up.until("database is ready")
    processes = up.processes()
    assert up.stop(signal.SIGTERM) in (0, 130)
    wait_for(lambda: ended(processes), "every process to end")
    assert not EmbeddedPostgres(home).is_running()
