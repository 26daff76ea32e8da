"""The templates that come along: each can be read, fits the schema of workflow files, and makes a draft of which nothing is to be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from domain.templates.entry import faults
from domain.templates.head import TemplateHead, read_head
from domain.variables import Variable
from domain.workflows.checks import check
from domain.workflows.design import Design, Task
from graphql_api.workflow_files.whole import read_whole
from tests.domain.workflows.compiled_schema import SCHEMA, compiled

FOLDER = Path(__file__).parents[2] / "templates"
FILES = sorted(FOLDER.glob("*.yaml"))
LEADERS = {"code", "decision", "human_review", "extract_text", "wait", "export_data"}


def drawn(path: Path) -> Design:
    return read_whole(path.read_bytes(), path.name).require().design


def test_there_are_ten_of_different_industries() -> None:
    heads = [read_whole(path.read_bytes(), path.name).wanted.template for path in FILES]
    assert len(FILES) == 10
    assert len({head["industries"][0] for head in heads}) == 10
    assert {task.kind for path in FILES for task in drawn(path).tasks.values()} == LEADERS


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_template_says_all_that_who_uses_it_needs(path: Path) -> None:
    whole = read_whole(path.read_bytes(), path.name).require()
    compiled()(whole.text.content)
    design = whole.design
    slug, entry = read_head(whole.wanted, path.name, design.description)
    assert list(faults(slug, entry, design)) == []
    assert slug == path.stem
    assert min(len(entry.purposes), len(entry.tags)) >= 1
    assert len(entry.words) >= 8
    assert isinstance(entry.description, str)
    assert len(entry.description) > 100
    variables = [*design.inputs.values(), *(output.variable for output in design.outputs.values())]
    told: list[Variable | Task] = [*variables, *design.tasks.values()]
    assert [one.name for one in told if not one.label or not one.description] == []
    unsampled = [one.name for one in design.inputs.values() if one.sample is None and "file" not in one.type.type]
    assert unsampled == []
    reviews = [task for task in design.tasks.values() if task.kind == "human_review"]
    assert reviews
    assert all(len(task.config["guidance"]) > 100 for task in reviews)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_no_check_speaks_of_a_template(path: Path) -> None:
    assert [f"{one.severity}: {one.message}" for one in check(drawn(path))] == []


def test_the_schema_knows_the_whole_head() -> None:
    assert set(SCHEMA["properties"]["template"]["properties"]) == set(TemplateHead.model_fields)
