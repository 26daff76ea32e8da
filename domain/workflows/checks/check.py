"""A check: one thing a workflow's builder is told, and what would mend it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from domain.refusals import Detail
from domain.workflows.operations import Operation

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Check:
    """One item of the builder's list: `place` is where, as in the workflow file: `tasks.sure.inputs.total`."""

    code: str
    severity: Severity
    place: str
    expected: str
    found: str
    task: str | None = None
    repair: tuple[Operation, ...] | None = None

    @property
    def detail(self) -> Detail:
        """The check as a detail of a refusal."""
        return Detail(self.place, self.expected, self.found)

    @property
    def message(self) -> str:
        """The check as one sentence."""
        return self.detail.message


@dataclass(frozen=True, slots=True)
class OutsideFinding:
    """A fact for the checks: what a check that needs more than the domain has found in a task's configuration."""

    task: str
    path: str  # within the configuration: "code", "expression"
    message: str
    line: int | None = None
