"""`opus kinds`: the kinds as a list, all about one, and the refusal of what is none."""

from __future__ import annotations

import json

from domain.kinds.described import ICON_USUAL, described
from domain.kinds.registry import KINDS
from runner.actions.registry import ACTIONS
from tests.docs.task_pages import page_of
from tests.runner.up import Up


def test_all_kinds_are_listed(up: Up) -> None:
    said = up.fast("kinds")
    for kind in ACTIONS:
        assert f"\n{kind}  " in said


def test_of_one_kind_all_is_told(up: Up) -> None:
    assert up.fast("kinds", "code").strip() == page_of("code").text.strip()
    assert up.fast("kinds", "code", "--example") == next(
        block for language, block in page_of("code").blocks if language == "yaml"
    )
    assert json.loads(up.fast("kinds", "code", "--schema")) == described(KINDS["code"]).configuration


def test_what_is_no_kind_is_refused_with_those_there_are(up: Up) -> None:
    said = up.fast("kinds", "magic", code=1)
    assert said.startswith("Expected the name of a task kind (")
    assert said.endswith("but there is no magic.\n")


def test_every_kind_that_comes_along_has_an_icon_of_its_own() -> None:
    icons = [described(KINDS[kind]).icon for kind in ACTIONS]
    assert ICON_USUAL not in icons
    assert len(set(icons)) == len(icons)
