"""One error of a kind, declared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Retried = Literal["always", "never", "depends"]
"""Whether the retry policy of a task tries again after an error, unless it names codes itself."""


@dataclass(frozen=True, slots=True)
class TaskError:
    """A code that tasks fail with. Where it depends whether a retry may help, `when` says on what, and each failure says which."""

    code: str
    happened: str
    what_to_do: str
    retried: Retried = "never"
    when: str | None = None

    def __post_init__(self) -> None:
        if (self.retried == "depends") is (self.when is None):
            raise ValueError(f"Expected {self.code} to say on what its retry depends, and only then.")

    def retryable(self, told: bool) -> bool:  # noqa: FBT001 - what the failure says of itself
        """Whether a retry may help after a failure that says this of itself: its word counts only where it depends."""
        return told if self.retried == "depends" else self.retried == "always"
