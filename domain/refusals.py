"""Refusals: a rule that said no, as a type with a stable code, a sentence and typed details."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from uuid import UUID


def expected_but(expected: str, found: str) -> str:
    """Both as one sentence; what was found may itself be one."""
    found = found.removesuffix(".") if not found.endswith("..") else found
    return (
        f"Expected {expected}, but{':' if 'Expected ' in found else ' got'} {found}{'' if found.endswith('?') else '.'}"
    )


@dataclass(frozen=True, slots=True)
class Detail:
    """One place a refusal speaks of: where it is, what was expected, what was found; the sentence, if it has one of its own.

    `event` is the one that stands in the way, if one does, as `stream:version`; `member_id` is who is meant by the id that was found.
    Of a text it has `line` and `column`, from 1.
    """

    path: str
    expected: str
    found: str
    sentence: str = ""
    event: str | None = None
    member_id: UUID | None = None
    line: int | None = None
    column: int | None = None

    @property
    def message(self) -> str:
        """The detail as one sentence."""
        return self.sentence or expected_but(f"{self.expected} for {self.path}", self.found)


class Refusal(Exception):
    """A command was refused; nothing was written. The class docstring is the sentence shown, with `{field}` places."""

    def __init__(self, *, details: tuple[Detail, ...] = (), **facts: Any) -> None:
        self.details = details
        self.facts = facts
        super().__init__(self.message)

    @property
    def code(self) -> str:
        """The stable code: the class name in capitals, words parted by `_`."""
        return re.sub(r"(?<!^)(?=[A-Z])", "_", type(self).__name__).upper()

    @property
    def message(self) -> str:
        """The sentence shown to the caller: "Expected …, but …"."""
        sentence = (type(self).__doc__ or "").strip().split("\n\n")[0]
        return sentence.format(**self.facts)
