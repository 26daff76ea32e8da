"""What the checks of a design are told of its code and its expressions."""

from __future__ import annotations

from typing import Any

import pytest

from domain.workflows.checks.check import OutsideFinding
from domain.workflows.design import Design, Task
from runner.findings import open_findings
from tests.domain.workflows.checks_page import drawn, sections

pytestmark = pytest.mark.anyio

NUMBER = {"name": "number", "type": {"type": "float"}}


def design(**tasks: tuple[str, dict[str, Any]]) -> Design:
    made = Design()
    for name, (kind, config) in tasks.items():
        made = made.with_task(Task(name=name, kind=kind, config=config))
    return made


async def test_code_and_expressions_that_cannot_run_are_found_with_their_place() -> None:
    wrong = design(
        count=("code", {"inputs": [NUMBER], "outputs": [NUMBER | {"name": "double"}], "code": "x = 1\ndouble = nmber"}),
        choose=("decision", {"inputs": [NUMBER], "expression": "number >\n unknown"}),
    )
    async with open_findings() as findings:
        [of_code, of_expression] = (await findings(wrong, None)).findings
    assert (of_code.task, of_code.path, of_code.line) == ("count", "code", 2)
    assert of_expression == OutsideFinding("choose", "expression", "undeclared reference to 'unknown'", 2)


async def test_what_is_right_or_not_theirs_to_judge_is_passed_over() -> None:
    right = design(
        count=("code", {"inputs": [NUMBER], "outputs": [NUMBER | {"name": "double"}], "code": "double = number * 2"}),
        choose=("decision", {"inputs": [NUMBER], "expression": "number > 1"}),
        empty=("code", {}),
        unreadable=("decision", {"inputs": 7}),
        other=("extract_text", {}),
    )
    async with open_findings() as findings:
        assert (await findings(right, None)).findings == ()


async def test_what_repeats_a_workflow_is_checked_against_the_outputs_it_speaks_of() -> None:
    def repeated(until: str) -> Design:
        return design(sub=("execute_workflow", {"workflow": "Sub", "outputs": [NUMBER], "repeat": {"until": until}}))

    async with open_findings() as findings:
        [found] = (await findings(repeated("number > 1 && done"), None)).findings
        assert (await findings(repeated("number > 1"), None)).findings == ()
    assert (found.task, found.path, found.message) == ("sub", "repeat.until", "undeclared reference to 'done'")


async def test_the_examples_of_the_page_of_checks_are_as_it_says() -> None:
    (section,) = [one for one in sections() if one.code == "CODE_REFUSED"]
    async with open_findings() as findings:
        assert [one.path for one in (await findings(drawn(section.bad), None)).findings] == ["code"]
        assert (await findings(drawn(section.good), None)).findings == ()
