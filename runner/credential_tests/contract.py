"""What a tester of credentials is: it shows one to its server in a way that changes nothing there, and says what came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runner.outgoing import Outgoing


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a credential was accepted, and in a sentence what was found; secrets in it are blanked before it is recorded."""

    succeeded: bool
    message: str


@dataclass(frozen=True, slots=True)
class TrialTools:
    """What a tester may use besides the values."""

    outgoing: Outgoing
    conceal: Callable[[str], None]
    """Has what was made of a secret (a header, a token) kept out of the message and the logs."""


Tester = Callable[[Mapping[str, Any], TrialTools], Awaitable[Verdict]]
"""Tries values of its kind within the time limit of tests. What it raises counts as not accepted; only the kind of error is told."""
