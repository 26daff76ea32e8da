"""Kinds as data: what follows from nothing, where the rest comes from, and which credentials they take."""

from __future__ import annotations

from typing import Annotated

import pytest

from domain.kinds import KINDS, Configuration, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.kinds.described import ICON_USUAL, ICONS, described
from domain.variables import Variable


@pytest.mark.parametrize(
    ("kind", "inputs", "outputs"),
    [
        ("code", "declared", "declared"),
        ("decision", "declared", "derived"),
        ("execute_workflow", "asked", "asked"),
        ("extract_text", "fixed", "fixed"),
        ("human_review", "declared", "asked"),
        ("wait", "derived", "derived"),
    ],
)
def test_where_inputs_and_outputs_come_from_is_told(kind: str, inputs: str, outputs: str) -> None:
    told = described(KINDS[kind])
    assert (told.inputs_follow, told.outputs_follow) == (inputs, outputs)


def test_what_is_fixed_is_the_same_whatever_is_set() -> None:
    told = described(KINDS["extract_text"])
    assert [one.name for one in told.inputs] == ["file"]
    assert [one.name for one in told.outputs or ()][:2] == ["text", "pages"]
    assert told.icon == ICONS["extract_text"]


def test_outputs_that_follow_from_a_task_are_none_before_it_is_chosen() -> None:
    assert described(KINDS["human_review"]).outputs is None


class _Auth(Configuration):
    credential: Annotated[str, CredentialName("bearer", "basic")] | None = None


class _Two(Configuration):
    auth: _Auth = _Auth()
    other: Annotated[str, CredentialName("basic", "jwt")] = ""


class _Any(Configuration):
    auth: _Auth = _Auth()
    other: Annotated[str, CredentialName()] = ""


class _Caller(Kind[Configuration]):
    name = "caller"
    title = "Caller"
    help = "Calls."
    repetition = "once"

    def __init__(self, config: type[Configuration]) -> None:
        self.config = config

    def inputs(self, config: Configuration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        return ()

    def outputs(self, config: Configuration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
        return ()


def test_the_credentials_it_takes_are_those_its_configuration_marks() -> None:
    assert described(_Caller(_Two)).credentials == ("bearer", "basic", "jwt")
    assert described(_Caller(_Any)).credentials == ()
    assert described(_Caller(Configuration)).credentials is None


def test_its_own_errors_come_first_then_those_of_every_kind() -> None:
    codes = [error.code for error in described(KINDS["wait"]).errors]
    assert codes[:2] == ["WAIT_MISFIT", "INPUT_MISFIT"]
    assert [error.code for error in described(KINDS["human_review"]).errors] == codes[1:]


def test_a_kind_from_elsewhere_is_described_too() -> None:
    told = described(_Caller(Configuration))
    assert (told.icon, told.repetition, told.has_effect) == (ICON_USUAL, "once", True)
