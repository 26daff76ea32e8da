"""Every verb of the command line is documented."""

from __future__ import annotations

from pathlib import Path

import typer
from typer.core import TyperArgument, TyperGroup

from runner.cli.app import app
from runner.cli.describe import describe, verbs

PAGE = Path(__file__).parents[3] / "docs" / "cli.md"


def test_the_page_is_the_printed_one() -> None:
    assert PAGE.read_text() == describe(), "run: python -m runner.cli.describe > docs/cli.md"


def test_every_verb_argument_and_option_has_a_help_text() -> None:
    root = typer.main.get_command(app)
    assert isinstance(root, TyperGroup)
    found = dict(verbs(root, "opus"))
    assert {"opus up", "opus apply", "opus run", "opus verify", "opus restore", "opus files get"} <= found.keys()
    for path, command in found.items():
        assert command.help, path
        assert f"## {path}\n" in PAGE.read_text()
        assert all(getattr(each, "help", None) for each in command.params if isinstance(each, TyperArgument)), path
