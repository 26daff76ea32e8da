"""`opus openapi`: without a server, operations are listed and tasks written that `opus check` finds nothing wrong with."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from runner.cli.app import app
from tests.domain.openapi.shop import SHOP

runner = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.json"
    path.write_text(json.dumps(SHOP))
    return path


def test_operations_are_listed_and_found_by_words(file: Path) -> None:
    found = runner.invoke(app, ["openapi", "list", str(file), "orders", "get"])
    assert found.exit_code == 0, found.output
    assert "listOrders" in found.output
    assert "createOrder" not in found.output


@pytest.mark.parametrize("operation", ["listOrders", "createOrder", "addScan", "GET /orders/{orderId}/scan", "signUp"])
def test_a_written_task_passes_every_check(file: Path, tmp_path: Path, operation: str) -> None:
    written = runner.invoke(app, ["openapi", "task", str(file), operation, "--credential", "shop"])
    assert written.exit_code == 0, written.output
    task = written.stdout.replace("\n", "\n  ").rstrip()
    head = "format: opus.workflow.1\nname: Shop\n\ntasks:\n  "
    workflow = tmp_path / "workflow.yaml"
    workflow.write_text(f"{head}{task}\n")
    checked = runner.invoke(app, ["check", str(workflow)])
    told = [line for line in checked.output.splitlines() if line.startswith("error")]
    assert all("an edge or constant that brings" in line for line in told), checked.output  # What others are to bring.
    assert "draws Shop" in checked.output


def test_what_is_to_be_seen_to_is_said_beside_it(file: Path) -> None:
    written = runner.invoke(app, ["openapi", "task", str(file), "createOrder"])
    assert "oauth2_client" in written.stderr
    assert "client_secret" not in written.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["task", "{file}", "nothing"], "it has no nothing"),
        (["list", "{file}.gone"], "cannot be read"),
    ],
)
def test_what_is_not_there_is_refused(file: Path, arguments: list[str], words: str) -> None:
    refused = runner.invoke(app, ["openapi", *(each.format(file=file) for each in arguments)])
    assert refused.exit_code == 1
    assert words in refused.stderr.replace("\n", " ")
