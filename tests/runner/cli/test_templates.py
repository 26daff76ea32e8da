"""`opus templates`: what docs/templates.md shows works as it stands there, and what is wrong is told with its line."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from tests.runner.newcomer import blocks
from tests.runner.up import Up

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "templates.md").read_text()
FILE = """\
format: opus.workflow.1
name: Doubled
template:
  industries: [{industry}]
tasks:
  double:
    kind: code
    code: {code}
    outputs:
      twice: {{type: float}}
outputs:
  twice: {{type: float, from: double.twice}}
"""

pytestmark = pytest.mark.timeout(120)


def test_the_commands_of_the_page_work(up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ((_, block),) = blocks(PAGE, "sh")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "templates").symlink_to(ROOT / "templates")
    imported, found, used, exported = [up.fast(*shlex.split(line)[1:]) for line in block.splitlines()]
    assert imported.count("published: version 1\n") == 10
    assert found.splitlines()[0].split() == ["template", "name", "industries", "purposes", "tasks", "uses"]
    assert found.splitlines()[1].startswith(
        "freight-invoice-audit  Freight invoice audit  logistics, retail  audit, approval"
    )
    assert used.splitlines()[1] == "Freight invoices of our carriers is a draft"
    assert "freight.yaml" in exported
    applied = up.fast("apply", "freight.yaml")
    assert "version 1 is active" in applied
    assert up.fast("templates", "import", "templates").count("unchanged: version 1\n") == 10


def test_the_operations_of_the_page_fit_the_schema() -> None:
    schema = build_schema((ROOT / "schema.graphql").read_text())
    documents = [block for _, block in blocks(PAGE, "graphql")]
    assert len(documents) == 2
    assert [validate(schema, parse(document)) for document in documents] == [[], []]


def test_a_folder_is_taken_in_file_by_file_and_faults_are_told_with_their_line(up: Up, tmp_path: Path) -> None:
    (tmp_path / "doubled.yaml").write_text(FILE.format(industry="cli_testing", code="{file: double.py}"))
    (tmp_path / "double.py").write_text("twice = 2.0\n")
    (tmp_path / "plain.yaml").write_text(
        FILE.format(industry="x", code="twice = 2").replace("template:\n  industries: [x]\n", "")
    )
    (tmp_path / "wrong.yaml").write_text(FILE.format(industry="Not_small", code="twice = 2"))
    (tmp_path / "broken.yaml").write_text(FILE.format(industry="cli_testing", code="twice =").replace("float", "flaot"))
    (tmp_path / "code.yaml").write_text(FILE.format(industry="cli_testing", code="twice = ''"))
    said = up.fast("templates", "import", str(tmp_path), code=1)
    assert "doubled published: version 1\n" in said
    assert f"{tmp_path}/plain.yaml: left out, as it has no head `template`\n" in said
    assert (
        f"{tmp_path}/wrong.yaml:4:16: Expected a word of small letters, like banking for template.industries[0]" in said
    )
    assert f"{tmp_path}/broken.yaml:12:17:" in said
    assert f"{tmp_path}/code.yaml:8:" in said
    assert said.endswith("3 files were refused.\n")
    assert "doubled" in up.fast("templates", "search", "--industry", "cli_testing")
    (tmp_path / "double.py").write_text("twice = 4.0\n")
    assert "doubled revised: version 2\n" in up.fast("templates", "import", str(tmp_path), code=1)


def test_what_is_not_there_is_told(up: Up, tmp_path: Path) -> None:
    assert up.fast("templates", "search", "zzzzzzzz") == "No templates.\n"
    assert 'there is no "nothing"' in up.fast("templates", "use", "nothing", code=1)
    assert "is none" in up.fast("templates", "import", str(tmp_path / "none"), code=1)
