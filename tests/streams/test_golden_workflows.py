"""Workflows edited under earlier builds: today's fold brings them to where they stood."""

from __future__ import annotations

import json

import pytest

from domain.catalogue import EVENTS
from domain.workflows.state import INITIAL, Workflow, evolve
from tests.streams.workflows import FOLDER, STORIES, standing

NAMES = sorted(file.stem for file in FOLDER.glob("*.json"))


def test_every_story_was_written() -> None:
    assert set(NAMES) >= STORIES.keys()


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_stands_as_it_stood(name: str) -> None:
    golden = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    workflow: Workflow = INITIAL
    for stored in golden["events"]:
        workflow = evolve(workflow, EVENTS[stored["wire"]].model_validate(stored["state"]))  # type: ignore[arg-type]
    assert standing(workflow) == golden["stood"]
