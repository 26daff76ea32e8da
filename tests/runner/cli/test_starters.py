"""What webhooks and schedules show alike."""

from __future__ import annotations

from typing import Any

from runner.cli.starters import inputs_of


def value(name: str, **others: Any) -> dict[str, Any]:
    return {"name": name, "json": None, "size": None, "file": None, **others}


def test_inputs_are_shown_by_value_and_what_is_large_or_a_file_by_what_it_is() -> None:
    given = [value("total", json="12.30"), value("lines", size=2048), value("scan", file={"name": "scan.pdf"})]
    assert inputs_of({"inputs": given}) == "total = 12.30, lines = 2048 bytes, scan = scan.pdf"
