"""The checks: everything that keeps a workflow from being able to run, and the habits of good ones."""

from __future__ import annotations

from collections.abc import Sequence

from domain.workflows.checks.check import Check, OutsideFinding, Severity
from domain.workflows.checks.examining import Examined, examine
from domain.workflows.checks.facts import NO_FACTS, Facts, KnownCredential, KnownCredentials
from domain.workflows.checks.registry import RULES, Rule
from domain.workflows.design import Design
from domain.workflows.sub_workflows import SubWorkflows

__all__ = [
    "NO_FACTS",
    "RULES",
    "Check",
    "Examined",
    "Facts",
    "KnownCredential",
    "KnownCredentials",
    "OutsideFinding",
    "Rule",
    "Severity",
    "blocking",
    "check",
    "examine",
]


def check(
    design: Design,
    findings: Sequence[OutsideFinding] = (),
    found_sub_workflows: SubWorkflows | None = None,
    credentials: KnownCredentials | None = None,
) -> list[Check]:
    """All checks of a design, errors first, each group in the order of the design.

    The rest are facts from outside: what the checks of code and expressions have found, and what is known of the workflows that
    tasks execute and of the credentials they name; without these nothing is said of those.
    """
    return list(examine(design, Facts(findings, found_sub_workflows, credentials)).checks)


def blocking(checks: Sequence[Check]) -> list[Check]:
    """Those that stand against activating the workflow."""
    return [one for one in checks if one.severity == "error"]
