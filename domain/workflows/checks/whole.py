"""A design as the passes see it that look at all of it."""

from __future__ import annotations

from functools import cached_property

from domain.workflows.checks.necessity import Necessity, necessity
from domain.workflows.wiring import Wiring


class Whole:
    """A wiring, and what several passes need to know of it, worked out once."""

    def __init__(self, wiring: Wiring) -> None:
        self.wiring = wiring

    @cached_property
    def necessity(self) -> Necessity:
        """What must have happened before each task."""
        return necessity(self.wiring)
