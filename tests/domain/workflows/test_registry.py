"""The registry names every check there is, and passes tell no others."""

from __future__ import annotations

import re
from pathlib import Path
from random import Random

import pytest

from domain.workflows.checks import RULES, examine
from domain.workflows.checks.registry import PASSES
from tests.domain.workflows.random_edits import random_design

DOMAIN = Path(__file__).parents[3] / "domain"
SAID = re.compile(r'(?:Check|Finding|_unknown|_of_\w+)\(\s*"([A-Z][A-Z_]+)"')


def test_every_code_that_stands_in_the_checks_and_kinds_has_a_rule_and_every_rule_is_told() -> None:
    sources = [*(DOMAIN / "workflows" / "checks").glob("*.py"), *(DOMAIN / "kinds").glob("*.py")]
    said = {code for source in sources for code in SAID.findall(source.read_text())}
    assert said == set(RULES)
    assert {code for one in PASSES for code in one.codes} == set(RULES)


@pytest.mark.parametrize("seed", range(20))
def test_what_is_told_is_as_its_rule_says(seed: int) -> None:
    design = random_design(Random(seed))
    checks = examine(design).checks
    assert checks
    assert {(one.code, one.severity) for one in checks} <= {(rule.code, rule.severity) for rule in RULES.values()}
