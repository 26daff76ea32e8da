"""What the command line says of a file that it is given."""

from __future__ import annotations

import pytest

from domain.workflows.checks import Check
from graphql_api.workflow_files.parsing import read_text
from runner.cli.given_files import tell_checks


def test_a_check_that_one_word_in_the_file_mends_names_it(capsys: pytest.CaptureFixture[str]) -> None:
    read = read_text(b"tasks:\n  pay:\n    after: [a.true, a.false]\n", "w.yaml")
    found = [
        Check(code, "error", "tasks.pay.after", "routes that can all be taken", "a.true and a.false")
        for code in ("EXCLUSIVE_ROUTES", "NEVER_RUNS")
    ]
    assert tell_checks(found, read) == 2
    first, second = capsys.readouterr().err.replace("\n", " ").split("error: ")[1:]
    assert "w.yaml:3:12: Expected routes" in first
    assert "Write `join: any` beside it" in first
    assert "join" not in second
