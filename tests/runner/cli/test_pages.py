"""What README and docs/workflow-file.md show works as it stands there: commands, files and queries are taken from the text."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from graphql import OperationDefinitionNode, build_schema, parse, validate

from tests.runner.up import Up, wait_for

ROOT = Path(__file__).parents[3]
README = (ROOT / "README.md").read_text()
WORKFLOW_FILE = (ROOT / "docs" / "workflow-file.md").read_text()
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"

pytestmark = pytest.mark.timeout(120)


def blocks(text: str, *languages: str) -> list[tuple[str, str]]:
    """The fenced blocks of these languages, in order."""
    found = re.findall(r"^```(\w+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [(language, block) for language, block in found if language in languages]


class Newcomer:
    """Types what a page says, with the ids that were printed in the place of JOB and REVIEW."""

    def __init__(self, up: Up) -> None:
        self._up = up
        self._ids = {"JOB": "", "REVIEW": ""}
        self.said: list[str] = []

    def type(self, block: str) -> None:
        """Every line that calls `opus`."""
        for line in block.splitlines():
            if line.startswith("opus "):
                self._opus([self._ids.get(word, word) for word in shlex.split(line, comments=True)[1:]])

    def _opus(self, words: list[str]) -> None:
        said = self._up.fast(*words)
        if words[0] == "run":
            (self._ids["JOB"], *_) = re.findall(ID, said)
        if words[0] == "reviews":
            wait_for(lambda: bool(self._find_review()), "the review of the job just started")
            self._ids["REVIEW"] = self._find_review()
        self.said.append(said)

    def _find_review(self) -> str:
        found = re.search(rf"review ({ID})\n.*of job {self._ids['JOB']}", self._up.fast("reviews"))
        return found[1] if found else ""


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
