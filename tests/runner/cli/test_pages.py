"""What README and docs/workflow-file.md show works as it stands there: commands, files and queries are taken from the text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from tests.runner.newcomer import Newcomer, blocks
from tests.runner.up import Up

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
WORKFLOW_FILE = (ROOT / "docs" / "workflow-file.md").read_text()

pytestmark = pytest.mark.timeout(120)


def test_the_commands_and_then_the_queries_of_the_readme_work(up: Up, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    newcomer = Newcomer(up)
    for _, block in blocks(README, "sh"):
        newcomer.type(block)
    assert len(newcomer.said) == 9
    assert newcomer.said[3].startswith("review accepted\n  corrected: total = ")
    assert newcomer.said[5].startswith("chain intact")

    schema = build_schema((ROOT / "schema.graphql").read_text())
    queries = [block for _, block in blocks(README, "graphql")]
    assert len(queries) == 5
    for query in queries:
        document = parse(query)
        assert all(isinstance(node, OperationDefinitionNode) for node in document.definitions)
        assert [error.message for error in validate(schema, document)] == []
        assert '"workspaces"' in up.fast("query", query)


def test_the_page_of_the_workflow_file_leads_to_a_workflow_of_ones_own(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("meals.txt").write_text("35.20")
    newcomer = Newcomer(up)
    shown = ""
    for language, block in blocks(WORKFLOW_FILE, "yaml", "sh"):
        if language == "yaml" and block.startswith("format:"):
            shown = block
        elif language == "sh":
            for name in re.findall(r"^opus apply (\S+)", block, re.MULTILINE):
                Path(name).write_text(shown)
            newcomer.type(block)
    first, ran, second, small, *_, decided, _, verified, third, fees, fourth, of_month, checked, same, exported = (
        newcomer.said
    )
    assert first.endswith("version 1 is active\n")
    assert "summary = Ada claims 120.50" in ran
    assert second.endswith("version 2 is active\n")
    assert "job completed" in small
    assert decided == "review accepted\n  corrected: total = 455.70, now = 400\n"
    assert verified.startswith("chain intact")
    assert third.endswith("version 1 is active\n")
    assert "fees" in fees
    assert fourth.endswith("version 1 is active\n")
    assert "fees" in of_month
    assert checked.endswith("no errors\n")
    assert same == "Fees of a month is as the file says: version 1\n"
    assert exported == "version 1 of Fees of a month was written to exported.yaml\n"
