"""Which tests provoke which errors of the kinds, for the contract: that each is, and that whether it is retried is as declared.

`@provokes("http", "HTTP_TIMEOUT")` says that a test does; `conftest.py` looks whether it did. What is not said is taken from the parameters
of the test: `kind`, `code`, and `retryable` where an error may be tried again or not.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from domain.kinds import KINDS
from domain.kinds.errors import TaskError
from runner.actions.contract import CredentialRefused, Failed, FileRefused, Outcome, TaskRun, Tools
from runner.actions.registry import ACTIONS

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True, order=True)
class Provoked:
    """A kind failed with a code, and said whether a retry may help."""

    kind: str
    code: str
    retryable: bool


def provokes(kind: str | None = None, *codes: str, retryable: bool | None = None) -> pytest.MarkDecorator:
    """The test provokes these errors of the kind."""
    return pytest.mark.provokes(kind, codes, retryable)


def claimed(mark: pytest.Mark, params: Mapping[str, Any]) -> Iterator[Provoked]:
    """What a test with these parameters says that it provokes."""
    kind, codes, retryable = mark.args
    kind = kind or params["kind"]
    for code in codes or (params["code"],):
        error = declared(kind).get(code)
        assert error is not None, f"{kind} declares no {code}"
        told = params.get("retryable") if retryable is None else retryable
        assert told is not None or error.retried != "depends", f"{code} of {kind}: retried or not?"
        yield Provoked(kind, code, error.retryable(bool(told)))


def all_claimed() -> set[Provoked]:
    """What all tests of actions say that they provoke."""
    root = FOLDER.parents[2]
    names = [".".join(file.relative_to(root).with_suffix("").parts) for file in FOLDER.rglob("test_*.py")]
    tests = [test for name in names for test in vars(importlib.import_module(name)).values() if callable(test)]
    return {claim for test in tests for claim in _claims_of(getattr(test, "pytestmark", []))}


def _claims_of(marks: list[pytest.Mark]) -> Iterator[Provoked]:
    columns = [_cases(mark) for mark in marks if mark.name == "parametrize"]
    for cases in itertools.product(*columns):
        params: dict[str, Any] = {}
        own: list[pytest.Mark] = []
        for values, more in cases:
            params |= values
            own += more
        for mark in (*marks, *own):
            if mark.name == "provokes":
                yield from claimed(mark, params)


def _cases(mark: pytest.Mark) -> list[tuple[dict[str, Any], list[pytest.Mark]]]:
    names = mark.args[0]
    names = [name.strip() for name in names.split(",")] if isinstance(names, str) else list(names)
    found = []
    for case in mark.args[1]:
        values, more = (case.values, list(case.marks)) if hasattr(case, "marks") else (case, [])
        if len(names) == 1 and not hasattr(case, "marks"):
            values = (values,)
        found.append((dict(zip(names, values, strict=True)), more))
    return found


def declared(kind: str) -> dict[str, TaskError]:
    """The errors of a kind by their codes."""
    return {error.code: error for error in KINDS[kind].errors or ()}


@dataclass(slots=True)
class Heeded:
    """How the actions failed while a test ran."""

    failures: set[Provoked] = field(default_factory=set)

    def misfits(self) -> list[str]:
        """What was not as its kind declares it."""
        found = []
        for one in sorted(self.failures):
            error = declared(one.kind).get(one.code)
            if error is None:
                found.append(f"{one.kind} declares no {one.code}")
            elif error.retryable(one.retryable) is not one.retryable:
                found.append(f"{one.code} of {one.kind} is retried {error.retried}, but retryable={one.retryable}")
        return found


def heed(monkeypatch: pytest.MonkeyPatch) -> Heeded:
    """Has every action tell how it failed."""
    heeded = Heeded()
    for action in ACTIONS.values():
        _heed(type(action), monkeypatch, heeded)
    return heeded


def _heed(action: type[Any], monkeypatch: pytest.MonkeyPatch, heeded: Heeded) -> None:
    perform, kind = action.perform, action.kind

    async def performed(self: Any, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        try:
            outcome: Outcome = await perform(self, run, inputs, tools)
        except (CredentialRefused, FileRefused) as refused:
            heeded.failures.add(Provoked(kind, refused.code, retryable=False))
            raise
        if isinstance(outcome, Failed):
            heeded.failures.add(Provoked(kind, outcome.code, outcome.retryable))
        return outcome

    monkeypatch.setattr(action, "perform", performed)
