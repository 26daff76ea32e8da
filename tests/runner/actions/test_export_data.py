"""The action of exports: exact bytes."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from domain.values import BLOB
from runner.actions.export_data import Export
from tests.runner.actions.action_stage import outputs, task_run, tools

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
ROWS = [{"name": "rows", "type": {"type": "array", "items": {"type": "object"}}}]


async def export(config: dict[str, Any], inputs: dict[str, Any], folder: Path) -> tuple[dict[str, Any], bytes]:
    """The file value and its content."""
    given = tools(folder)
    config = {"file_name": "export.txt", **config}
    file = outputs(await Export().perform(task_run("export_data", config, NOW), inputs, given))["file"]
    return file, await given.files.read(file)


async def test_rows_are_written_as_csv(tmp_path: Path) -> None:
    rows = [{"a": 'say "hi", twice', "b": 1}, {"a": "two\nlines", "c": None}, {"b": 1.5, "c": True, "a": {"x": [1]}}]
    file, content = await export({"format": "csv", "inputs": ROWS, "rows": "rows"}, {"rows": rows}, tmp_path)
    assert content.decode() == ('a,b,c\r\n"say ""hi"", twice",1,\r\n"two\nlines",,\r\n"{""x"":[1]}",1.5,true\r\n')
    assert (file["name"], file["content"][BLOB]["type"]) == ("export.txt", "text/csv")


async def test_declared_columns_stand_first_even_without_rows(tmp_path: Path) -> None:
    fields = [{"name": name, "type": {"type": "str"}} for name in ("second", "first")]
    inputs = [{"name": "rows", "type": {"type": "array", "items": {"type": "object", "fields": fields}}}]
    _, content = await export({"format": "csv", "inputs": inputs, "rows": "rows"}, {"rows": []}, tmp_path)
    assert content == b"second,first\r\n"


async def test_one_row_is_made_of_all_inputs(tmp_path: Path) -> None:
    inputs = [{"name": "vendor", "type": {"type": "str"}}, {"name": "total", "type": {"type": "decimal"}}]
    values = {"vendor": "Müller & Söhne", "total": "-12.30"}
    _, content = await export({"format": "csv", "inputs": inputs}, values, tmp_path)
    assert content.decode() == "vendor,total\r\nMüller & Söhne,-12.30\r\n"
    _, content = await export({"format": "json", "inputs": inputs}, values, tmp_path)
    assert json.loads(content) == values


async def test_rows_are_written_as_json_with_files_named(tmp_path: Path) -> None:
    reference = {"v": 1, "hash": "0" * 64, "size": 3, "type": "text/plain"}
    rows = [{"file": {"name": "a.txt", "content": {BLOB: reference}}}]
    _, content = await export({"format": "json", "inputs": ROWS, "rows": "rows"}, {"rows": rows}, tmp_path)
    shown = {"name": "a.txt", "type": "text/plain", "size": 3, "hash": "0" * 64}
    assert json.loads(content) == [{"file": shown}]


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@sum", "\tx", "\rx", "\n=1", "\uff1d1+1"])
async def test_a_text_that_a_spreadsheet_would_take_for_a_formula_is_guarded(tmp_path: Path, text: str) -> None:
    config = {"format": "csv", "inputs": ROWS, "rows": "rows"}
    _, guarded = await export(config, {"rows": [{"a": text}]}, tmp_path)
    assert guarded.decode().split("\r\n", 1)[1].strip('"').startswith("'")
    _, plain = await export({**config, "formula_guard": False}, {"rows": [{"a": text}]}, tmp_path)
    assert "'" not in plain.decode()


@pytest.mark.parametrize("text", ["-1", "+49", "-12.30", "-1,5e7"])
async def test_a_number_is_no_formula(tmp_path: Path, text: str) -> None:
    _, content = await export({"format": "csv", "inputs": ROWS, "rows": "rows"}, {"rows": [{"a": text}]}, tmp_path)
    assert "'" not in content.decode()


async def test_the_same_rows_give_the_same_file(tmp_path: Path) -> None:
    config = {"format": "json", "inputs": ROWS, "rows": "rows"}
    first, _ = await export(config, {"rows": [{"b": 1, "a": 2}]}, tmp_path)
    second, _ = await export(config, {"rows": [{"b": 1, "a": 2}]}, tmp_path)
    assert first == second
