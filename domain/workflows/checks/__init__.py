"""The checks: everything that keeps a workflow from being able to run, and the habits of good ones."""

from __future__ import annotations

from collections.abc import Sequence

from domain.workflows.checks import (
    compensation,
    configuration,
    heavy,
    links,
    messages,
    reviews,
    routes,
    sub_workflows,
    unused,
)
from domain.workflows.checks.check import Check, OutsideFinding, Severity
from domain.workflows.design import Design
from domain.workflows.sub_workflows import SubWorkflows
from domain.workflows.wiring import Wiring

__all__ = ["Check", "OutsideFinding", "Severity", "blocking", "check"]


def check(
    design: Design, findings: Sequence[OutsideFinding] = (), found_sub_workflows: SubWorkflows | None = None
) -> list[Check]:
    """All checks of a design, errors first, each group in the order of the design.

    The rest are facts from outside: what the checks of code and expressions have found, and what is known of the workflows that
    tasks execute; without these nothing is said of those.
    """
    wiring = Wiring(design)
    found = [
        *configuration.check(wiring, findings),
        *links.check(wiring),
        *routes.check(wiring),
        *reviews.check(wiring),
        *compensation.check(wiring),
        *messages.check(wiring),
        *unused.check(wiring),
        *heavy.check(wiring),
        *sub_workflows.check(wiring, found_sub_workflows),
    ]
    return sorted(found, key=lambda one: one.severity != "error")


def blocking(checks: Sequence[Check]) -> list[Check]:
    """Those that stand against activating the workflow."""
    return [one for one in checks if one.severity == "error"]
