"""The published JSON Schema of workflow files: printed anew when a model changes, and right about files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import fastjsonschema
import pytest
from hypothesis import given, settings

from domain.kinds import KINDS
from domain.workflows.design import Design
from domain.workflows.file_schema import schema_text
from domain.workflows.portable import write_workflow
from tests.domain.workflows.compiled_schema import SCHEMA, compiled
from tests.domain.workflows.test_edits_between import designs
from tests.domain.workflows.test_portable import RICH

PAGE = Path(__file__).parents[3] / "docs" / "workflow.schema.json"


def task(**more: Any) -> dict[str, Any]:
    return {"format": "opus.workflow.1", "name": "x", "tasks": {"a": {"kind": "code", "code": "x = 1", **more}}}


def test_the_published_schema_is_what_the_models_say() -> None:
    printed = PAGE.read_text(encoding="utf-8")
    assert printed == schema_text(SCHEMA), (
        "print it anew: python -m domain.workflows.file_schema > docs/workflow.schema.json"
    )


def test_every_kind_and_all_that_can_be_set_of_it_is_there() -> None:
    tasks = {one["properties"]["kind"]["const"]: one for one in SCHEMA["definitions"]["task"]["oneOf"]}
    assert tasks.keys() == {name for name, kind in KINDS.items() if type(kind).__module__.startswith("domain.kinds.")}
    for name, schema in tasks.items():
        assert KINDS[name].config.model_fields.keys() - {"inputs", "outputs"} <= schema["properties"].keys()


def test_what_is_written_fits_the_schema() -> None:
    compiled()(json.loads(json.dumps(write_workflow("Invoices", RICH))))


@settings(max_examples=50)
@given(designs())
def test_what_is_written_of_any_design_fits_the_schema(drawn: Design) -> None:
    compiled()(json.loads(json.dumps(write_workflow("x", drawn))))


@pytest.mark.parametrize(
    "content",
    [
        {"name": "x"},
        {"format": "opus.workflow.2", "name": "x"},
        {"format": "opus.workflow.1", "name": "x", "task": {}},
        {"format": "opus.workflow.1", "name": "x", "inputs": {"Total": {"type": "str"}}},
        {"format": "opus.workflow.1", "name": "x", "inputs": {"total": {"type": "money"}}},
        {"format": "opus.workflow.1", "name": "x", "inputs": {"total": {"type": "str", "scale": 2}}},
        task(kind="codee"),
        task(on_error="panic"),
        task(conditions=[]),
        task(inputs={"x": {"from": 1}}),
        task(retry={"attempts": 0}),
    ],
)
def test_what_cannot_be_read_does_not_fit_the_schema(content: dict[str, Any]) -> None:
    with pytest.raises(fastjsonschema.JsonSchemaValueException):
        compiled()(content)


def test_what_people_write_fits_the_schema() -> None:
    compiled()(
        task(
            code={"file": "find.py"}, for_each="x", after=["b.done"], inputs={"x": "inputs.y", "z": {"constant": None}}
        )
    )
