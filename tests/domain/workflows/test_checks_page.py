"""The page of the checks says what the registry says, and its examples are as it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.kinds.registry import _KINDS
from domain.workflows.checks import RULES, examine
from domain.workflows.design import Design
from domain.workflows.editing import edit
from tests.domain.workflows.checks_page import KNOWN, Section, drawn, sections
from tests.domain.workflows.own_kinds import Call, SignOff

OUTSIDE = {"CODE_REFUSED"}
"""What only the runner finds; `tests/runner/test_findings.py` runs these examples."""


@pytest.fixture(autouse=True)
def own_kinds(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for kind in (SignOff(), Call()):
        monkeypatch.setitem(_KINDS, kind.name, kind)
    yield
    monkeypatch.undo()


def told(design: Design) -> dict[str, str]:
    return {one.code: one.severity for one in examine(design, KNOWN).checks}


def test_the_page_names_every_check_there_is() -> None:
    assert [(one.code, one.severity, one.title) for one in sections()] == [
        (rule.code, rule.severity, rule.title) for rule in RULES.values()
    ]


@pytest.mark.parametrize(
    "section", [one for one in sections() if one.code not in OUTSIDE], ids=lambda one: str(one.code)
)
def test_the_bad_example_has_the_check_and_the_good_one_has_no_error_and_not_this(section: Section) -> None:
    assert section.code in told(drawn(section.bad))
    good = told(drawn(section.good))
    assert section.code not in good
    assert "error" not in good.values()


@pytest.mark.parametrize("section", [one for one in sections() if one.repair is None], ids=lambda one: str(one.code))
def test_where_the_page_tells_of_no_repair_there_is_none(section: Section) -> None:
    assert all(one.repair is None for one in examine(drawn(section.bad), KNOWN).checks if one.code == section.code)


@pytest.mark.parametrize("section", [one for one in sections() if one.repair], ids=lambda one: str(one.code))
def test_a_repair_of_a_bad_example_mends_it(section: Section) -> None:
    bad = drawn(section.bad)
    repairs = [one.repair for one in examine(bad, KNOWN).checks if one.code == section.code and one.repair]
    assert repairs
    for repair in repairs:
        assert section.code not in told(edit(bad, repair)[1])
