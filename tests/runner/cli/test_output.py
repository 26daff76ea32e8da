"""What reaches the terminal."""

from __future__ import annotations

import io

import pytest
from rich.table import Table

from runner.cli.output import Terminal

HOSTILE = "a\x1b[31mb\x07c\x9bd\re\nf\tg"


@pytest.mark.parametrize("is_terminal", [True, False])
def test_a_text_of_a_stranger_cannot_command_the_terminal(*, is_terminal: bool) -> None:
    written = io.StringIO()
    console = Terminal(
        file=written, force_terminal=is_terminal, color_system=None, width=60, soft_wrap=True, markup=False
    )
    console.print(HOSTILE)
    table = Table(box=None)
    table.add_column("title")
    table.add_row(HOSTILE)
    console.print(table)
    assert not {"\x1b", "\x07", "\x9b", "\r"} & set(written.getvalue())
    assert "a\ufffd[31mb\ufffdc\ufffdd\ufffde" in written.getvalue()
