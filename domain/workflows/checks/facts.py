"""What the checks are told from outside, since the domain cannot know it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.workflows.checks.check import OutsideFinding
from domain.workflows.sub_workflows import SubWorkflows


@dataclass(frozen=True, slots=True)
class KnownCredential:
    """A credential that is there: its kind, and whether its secrets were tried and accepted."""

    kind: str
    tested: bool


KnownCredentials = Mapping[str, KnownCredential]
"""Name → credential."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was found in code and expressions, and what is known of the workflows and credentials that tasks name.

    `credentials` holds those that are there, of all that the design names. None: nothing is known, and nothing is said.
    """

    findings: Sequence[OutsideFinding] = ()
    sub_workflows: SubWorkflows | None = None
    credentials: KnownCredentials | None = None


NO_FACTS = Facts()
