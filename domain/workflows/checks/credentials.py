"""Checks of the credentials that tasks name: that they are there, and were tried before they are relied on."""

from __future__ import annotations

from collections.abc import Iterator

from domain.workflows.checks.check import Check
from domain.workflows.checks.facts import Facts
from domain.workflows.wiring import Wiring


def check(wiring: Wiring, facts: Facts) -> Iterator[Check]:
    """Error: a credential that is not there. Warning: one that no preview has tested. Without facts, none."""
    if facts.credentials is None:
        return
    for name, wired in wiring.tasks.items():
        credential = getattr(wired.config, "credential", None)
        if not isinstance(credential, str) or not credential:
            continue
        place = f"tasks.{name}.credential"
        tested = facts.credentials.get(credential)
        if tested is None:
            yield Check("CREDENTIAL_UNKNOWN", "error", place, "a credential of this workspace", credential, name)
        elif not tested:
            expected = "a credential that was tested in a preview"
            yield Check("CREDENTIAL_UNTESTED", "warning", place, expected, f"{credential}, which was not", name)
