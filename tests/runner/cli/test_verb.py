"""How a verb is used, and what it says where it is used wrongly."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from runner.cli.app import app


def said(*words: str) -> str:
    """What is printed, in one line."""
    lines = CliRunner().invoke(app, list(words), env={"COLUMNS": "300", "TERM": "dumb"}).output.splitlines()
    return " ".join(" ".join(line.strip("│╭╮╰╯─ ") for line in lines).split())


@pytest.mark.parametrize(
    ("verb", "usage"),
    [
        ("send", "opus send [OPTIONS] JOB NAME [VALUE]"),
        ("pause", "opus pause [OPTIONS] [JOBS...]"),
        ("fork", "opus fork [OPTIONS] JOB FROM"),
        ("retry", "opus retry [OPTIONS] JOB RUN"),
        ("backup", "opus backup [OPTIONS] TARGET"),
    ],
)
def test_a_usage_line_names_arguments_as_the_page_does(verb: str, usage: str) -> None:
    assert usage in said(verb, "--help")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        (("run", "invoices", "amount=3"), "Did you mean --input amount=3?"),
        (("run", "invoices", "-i", "a=1", "b=2", "c=x y"), "Did you mean --input b=2 --input c=x y?"),
        (("run", "invoices", "--amount", "3"), "Did you mean --input amount=…?"),
        (("fork", "id", "task", "--reason", "x", "amount=3"), "Did you mean --input amount=3?"),
    ],
)
def test_an_input_given_as_an_argument_or_option_is_answered_with_how_it_is_given(
    words: tuple[str, ...], meant: str
) -> None:
    assert meant in said(*words)


@pytest.mark.parametrize("words", [("run", "invoices", "more"), ("run", "invoices", "--titel", "x"), ("jobs", "a=1")])
def test_other_mistakes_are_not_taken_for_inputs(words: tuple[str, ...]) -> None:
    assert "Did you mean --input" not in said(*words)
