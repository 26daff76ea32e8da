"""The kind `external`: a queue, declared inputs and outputs, and whether it may be done again."""

from __future__ import annotations

from typing import Any

import pytest

from domain.kinds.external import External

KIND = External()
TEXT = {"type": "str"}


def codes(**config: Any) -> list[tuple[str, str]]:
    """What is wrong with a configuration, and where."""
    return [(finding.code, finding.path) for finding in KIND.findings(KIND.read({"queue": "press"} | config))]


def test_a_queue_alone_is_enough() -> None:
    assert codes() == []
    config = KIND.read(
        {"queue": "press", "inputs": [{"name": "a", "type": TEXT}], "outputs": [{"name": "b", "type": TEXT}]}
    )
    assert [variable.name for variable in KIND.inputs(config, lambda _: None)] == ["a"]
    assert [variable.name for variable in KIND.outputs(config, lambda _: None)] == ["b"]


def test_without_a_queue_nobody_could_take_it() -> None:
    assert codes(queue="") == [("MISSING_CONFIGURATION", "queue")]


@pytest.mark.parametrize("queue", ["Press", "-press", "a b", "a/b", "x" * 64, "prëss"])
def test_what_can_be_no_queue_is_refused(queue: str) -> None:
    assert codes(queue=queue) == [("QUEUE_MISFIT", "queue")]


@pytest.mark.parametrize("seconds", [0, 4.9, 86_401])
def test_a_lease_is_neither_too_short_to_be_kept_nor_too_long_to_be_missed(seconds: float) -> None:
    assert codes(lease_seconds=seconds) == [("LEASE_MISFIT", "lease_seconds")]


def test_a_name_is_declared_once() -> None:
    assert codes(inputs=[{"name": "a", "type": TEXT}] * 2) == [("DECLARED_TWICE", "inputs.a")]


def test_once_is_what_the_builder_says() -> None:
    usual, once = KIND.read({"queue": "press"}), KIND.read({"queue": "press", "once": True})
    assert (KIND.repetition_of(usual), KIND.has_effect(usual)) == ("repeatable", False)
    assert (KIND.repetition_of(once), KIND.has_effect(once)) == ("once", True)
