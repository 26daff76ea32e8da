"""Every kind has a page that tells all of it, and the example of every page runs through a real system against what is real."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from domain.kinds import KINDS
from domain.workflows.portable import FORMAT
from runner.actions.registry import ACTIONS
from tests.docs.counterparts import counterpart_of
from tests.docs.error_tables import table_on, tables
from tests.docs.task_pages import ACTIONS as ACTIONS_FOLDER
from tests.docs.task_pages import FOLDER, SECTIONS, codes_in, codes_of, page_of
from tests.runner.newcomer import Newcomer
from tests.runner.up import Up, wait_for

OURS = sorted(ACTIONS)
"""The kinds that come along; others are of tests that run in the same process."""
INTERNAL = {"COMMIT_UNKNOWN", "OCR_NEEDED"}
"""What parts of an action say to each other: no run fails with these."""
STATUS = "query ($job: ID!) { job(id: $job) { status } }"
pytestmark = pytest.mark.timeout(120)


def test_every_kind_has_a_page_and_every_page_a_kind() -> None:
    assert {file.stem for file in FOLDER.glob("*.md")} - {"README"} == set(OURS)


def test_the_list_of_pages_names_every_kind_with_its_title() -> None:
    listed = re.findall(r"^\| \[(.+)\]\((\w+)\.md\) \|", (FOLDER / "README.md").read_text(), re.MULTILINE)
    assert {kind: title for title, kind in listed} == {kind: KINDS[kind].title for kind in OURS}


@pytest.mark.parametrize("kind", OURS)
def test_a_page_tells_all_there_is_to_say(kind: str) -> None:
    page, known = page_of(kind), KINDS[kind]
    assert re.match(rf"# .*`{kind}`", page.heading)
    assert page.why
    assert [name for name in page.sections if name in SECTIONS] == SECTIONS
    assert set(page.column("Configuration")) == set(known.config.model_fields)
    config = known.read({})
    made = known.outputs(config, lambda _: None) or ()
    for name in (*(one.name for one in made), *known.routes(config)):
        assert f"`{name}`" in page.sections["Outputs and routes"], name


def test_the_errors_on_the_pages_are_those_that_the_kinds_declare() -> None:
    """`python -m tests.docs.error_tables` writes them anew."""
    assert {page: table_on(page) for page in tables()} == tables()


@pytest.mark.parametrize("kind", OURS)
def test_a_code_in_the_source_of_an_action_is_declared_by_its_kind(kind: str) -> None:
    assert codes_of(kind) <= {error.code for error in KINDS[kind].errors or ()} | INTERNAL


def test_a_code_in_the_source_of_any_action_is_declared_by_some_kind() -> None:
    declared = {error.code for kind in OURS for error in KINDS[kind].errors or ()}
    files = set(ACTIONS_FOLDER.rglob("*.py"))
    assert len(files) > 50
    assert codes_in(files) - declared == INTERNAL


@pytest.mark.parametrize("kind", OURS)
def test_the_example_of_a_page_runs(kind: str, up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    newcomer = Newcomer(up)
    shown = ""
    with counterpart_of(kind, up, tmp_path) as instead:
        for language, block in page_of(kind).blocks:
            for name, real in instead.items():
                block = block.replace(name, real)  # noqa: PLW2901 - the block as it is in the test
            if language == "yaml" and block.startswith(f"format: {FORMAT}"):
                shown = block
            elif language == "sh":
                for name in re.findall(r"^opus apply (\S+)", block, re.MULTILINE):
                    Path(name).write_text(shown)
                newcomer.type(block)
        job = newcomer.ids["JOB"]
        assert job, "Expected the example to run a job, but it does not."
        wait_for(
            lambda: "COMPLETED" in up.fast("query", STATUS, "--variables", json.dumps({"job": job})),
            "the job to complete",
        )
