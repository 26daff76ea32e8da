"""Checks of the credentials that tasks name: that they are there, will do, and were tried before they are relied on."""

from __future__ import annotations

from collections.abc import Iterator

from domain.kinds.credential_names import credentials_in
from domain.workflows.checks.check import Check
from domain.workflows.checks.facts import Facts
from domain.workflows.wiring import Wiring


def check(wiring: Wiring, facts: Facts) -> Iterator[Check]:
    """Errors: a credential that is not there, or of a kind that will not do. Warning: one that was never tested. Without facts, none."""
    if facts.credentials is None:
        return
    for task, wired in wiring.tasks.items():
        for named in credentials_in(wired.config):
            place = f"tasks.{task}.{named.path}"
            known = facts.credentials.get(named.name)
            if known is None:
                yield Check("CREDENTIAL_UNKNOWN", "error", place, "a credential of this workspace", named.name, task)
            elif named.kinds and known.kind not in named.kinds:
                expected = f"a credential of the kind {' or '.join(named.kinds)}"
                yield Check("CREDENTIAL_MISFIT", "error", place, expected, f"{named.name}, a {known.kind}", task)
            elif not known.tested:
                expected = "a credential that was tested in a preview"
                yield Check("CREDENTIAL_UNTESTED", "warning", place, expected, f"{named.name}, which was not", task)
