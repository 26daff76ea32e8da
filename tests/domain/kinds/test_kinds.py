"""Each kind: the inputs, outputs and routes that follow from its configuration, and what would keep it from running."""

from typing import Any

import pytest
from pydantic import ValidationError

from domain.kinds import KINDS, Configuration, Kind, OutputsOf, register
from domain.kinds.conditions import Condition, decide
from domain.types import DecimalType, FileType, ListType, NumberType, ObjectField, ObjectType, TextType
from domain.variables import Variable
from domain.workflows.portable import TASK_KEYS

TEXT = {"name": "text", "type": {"type": "str"}}
TOTAL = {"name": "total", "type": {"type": "decimal"}, "required": False}
ROWS = {"name": "rows", "type": {"type": "array", "items": {"type": "object"}}}


def nothing(_: str) -> None:
    return None


def findings(kind: str, config: dict[str, Any]) -> list[tuple[str, str]]:
    known = KINDS[kind]
    return [(finding.code, finding.path) for finding in known.findings(known.read(config))]


def test_the_kinds_of_today_are_registered() -> None:
    assert {"extract_text", "code", "decision", "human_review", "export_data", "wait"} <= set(KINDS)
    assert {name for name, kind in KINDS.items() if kind.heavy} >= {"extract_text"}
    assert all(kind.name == name and kind.title and kind.help for name, kind in KINDS.items())


def test_no_setting_of_a_kind_is_named_like_something_of_every_task() -> None:
    for kind in KINDS.values():
        assert not (set(kind.config.model_fields) & TASK_KEYS) - {"inputs", "outputs"}


def test_a_kind_can_be_added_but_not_replaced() -> None:
    class Another(Kind[Configuration]):
        name = "code"
        title = "Another"
        help = "Another."
        config = Configuration

        def inputs(self, config: Configuration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
            return ()

        def outputs(self, config: Configuration, outputs_of: OutputsOf) -> tuple[Variable, ...]:
            return ()

    with pytest.raises(ValueError, match="code is taken"):
        register(Another())
    register(KINDS["code"])


def test_extract_text_gives_the_text_of_a_file() -> None:
    kind = KINDS["extract_text"]
    config = kind.read({})
    assert [(one.name, one.type) for one in kind.inputs(config, nothing)] == [("file", FileType())]
    assert [(one.name, one.type) for one in kind.outputs(config, nothing) or ()][:2] == [
        ("text", TextType()),
        ("pages", ListType(items=TextType())),
    ]
    assert [one.name for one in kind.outputs(config, nothing) or ()][2:] == [
        "tables",
        "attachments",
        "media_type",
        "scanned_pages",
    ]
    wrong: dict[str, Any]
    for wrong in ({"ocr": True}, {"languages": []}, {"languages": ["English"]}, {"tables": "yes"}):
        with pytest.raises(ValidationError):
            kind.read(wrong)


def test_code_has_the_variables_it_declares() -> None:
    kind = KINDS["code"]
    config = kind.read({"code": "total = '1'", "inputs": [TEXT], "outputs": [TOTAL]})
    assert kind.inputs(config, nothing) == (Variable(name="text", type=TextType()),)
    assert kind.outputs(config, nothing) == (Variable(name="total", type=DecimalType(), required=False),)
    assert kind.routes(config) == ()
    assert list(kind.findings(config)) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, [("MISSING_CONFIGURATION", "code"), ("MISSING_CONFIGURATION", "outputs")]),
        ({"code": " \n", "outputs": [TOTAL]}, [("MISSING_CONFIGURATION", "code")]),
        ({"code": "x" * 200_001, "outputs": [TOTAL]}, [("CODE_TOO_LONG", "code")]),
        ({"code": "x", "outputs": [TOTAL, TOTAL]}, [("DECLARED_TWICE", "outputs.total")]),
        (
            {"code": "x", "outputs": [TOTAL], "inputs": [{**TEXT, "default": {"value": 1}}]},
            [("DEFAULT_MISFIT", "inputs.text.default")],
        ),
        ({"code": "x", "outputs": [{"name": "f", "type": {"type": "file"}}]}, [("FILE_FROM_CODE", "outputs.f")]),
        (
            {"code": "x", "outputs": [{"name": "f", "type": {"type": "array", "items": {"type": "file"}}}]},
            [("FILE_FROM_CODE", "outputs.f")],
        ),
    ],
)
def test_code_that_could_not_run_is_found(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert findings("code", config) == found


def test_a_decision_gives_each_condition_and_the_whole() -> None:
    kind = KINDS["decision"]
    config = kind.read(
        {
            "inputs": [TEXT, TOTAL],
            "conditions": [
                {"source": "text", "operation": "is_not_empty"},
                {"source": ["total"], "operation": "less", "value": "10"},
            ],
        }
    )
    assert [one.name for one in kind.outputs(config, nothing) or ()] == ["final_decision", "condition_1", "condition_2"]
    assert kind.routes(config) == ("true", "false")
    assert config.conditions[0].source == ("text",)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, [("MISSING_CONFIGURATION", "conditions")]),
        ({"expression": "  "}, [("MISSING_CONFIGURATION", "conditions")]),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total", "operation": "is_null"}], "expression": "true"},
            [("MISSING_CONFIGURATION", "expression")],
        ),
        ({"expression": "1" * 10_001}, [("EXPRESSION_TOO_LONG", "expression")]),
        ({"conditions": [{"source": "vat", "operation": "is_null"}]}, [("UNKNOWN_VARIABLE", "conditions[0].source")]),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total.net", "operation": "is_null"}]},
            [("UNKNOWN_VARIABLE", "conditions[0].source")],
        ),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total", "operation": "contains", "value": "1"}]},
            [("OPERATION_MISFIT", "conditions[0].operation")],
        ),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total", "operation": "less"}]},
            [("MISSING_CONFIGURATION", "conditions[0].value")],
        ),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total", "operation": "less", "value": 10}]},
            [("TYPE_MISMATCH", "conditions[0].value")],
        ),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total", "operation": "in", "value": ["1", 2]}]},
            [("TYPE_MISMATCH", "conditions[0].value[1]")],
        ),
        (
            {"inputs": [TOTAL, TEXT], "conditions": [{"source": "total", "operation": "less", "value_of": "text"}]},
            [("TYPE_MISMATCH", "conditions[0].value_of")],
        ),
        (
            {"inputs": [TOTAL], "conditions": [{"source": "total", "operation": "less", "value_of": "limit"}]},
            [("UNKNOWN_VARIABLE", "conditions[0].value_of")],
        ),
        (
            {
                "inputs": [TOTAL],
                "conditions": [{"source": "total", "operation": "less", "value_of": "total", "value": "1"}],
            },
            [("MISSING_CONFIGURATION", "conditions[0]")],
        ),
    ],
)
def test_a_decision_that_could_not_be_made_is_found(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert findings("decision", config) == found


def test_conditions_are_decided_one_by_one_and_combined() -> None:
    variables = (
        Variable(name="confidence", type=NumberType()),
        Variable(name="total", type=DecimalType(), required=False),
        Variable(name="limit", type=DecimalType()),
        Variable(name="invoice", type=ObjectType(fields=(ObjectField(name="currency", type=TextType()),))),
    )
    conditions = (
        Condition(source=("confidence",), operation="greater_or_equal", value=0.8),
        Condition(source=("total",), operation="less_or_equal", value_of=("limit",)),
        Condition(source=("invoice", "currency"), operation="in", value=["EUR"]),
    )
    inputs = {"confidence": 0.9, "total": "999.99", "limit": "1000", "invoice": {"currency": "EUR"}}
    assert decide(conditions, "and", variables, inputs).conditions == (True, True, True)
    assert decide(conditions, "and", variables, inputs).final is True
    without_total = {name: value for name, value in inputs.items() if name != "total"}
    assert decide(conditions, "and", variables, without_total).conditions == (True, False, True)
    assert decide(conditions, "and", variables, without_total).final is False
    assert decide(conditions, "or", variables, without_total).final is True


def test_a_review_has_the_outputs_of_what_it_reviews() -> None:
    kind = KINDS["human_review"]
    outputs = (Variable(name="total", type=DecimalType()), Variable(name="note", type=TextType(), required=False))
    config = kind.read({"reviews": "find", "assignment": {"roles": ["reviewer"]}, "inputs": [TEXT]})
    reviewed, text = kind.inputs(config, {"find": outputs}.get)
    assert kind.outputs(config, {"find": outputs}.get) == outputs
    assert reviewed.name == "reviewed"
    assert reviewed.type == ObjectType(
        fields=(
            ObjectField(name="total", type=DecimalType()),
            ObjectField(name="note", type=TextType(), required=False),
        )
    )
    assert text.name == "text"
    assert kind.routes(config) == ("accepted", "rejected")
    assert kind.reviews(config) == "find"
    assert kind.outputs(config, nothing) is None


def test_a_review_follows_the_renaming_of_its_task_only() -> None:
    kind = KINDS["human_review"]
    config = kind.read({"reviews": "find"})
    assert kind.renamed(config, "find", "read") == kind.read({"reviews": "read"})
    assert kind.renamed(config, "other", "read") is None


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({}, [("MISSING_CONFIGURATION", "reviews"), ("MISSING_CONFIGURATION", "assignment")]),
        ({"reviews": "a", "assignment": {"roles": ["auditor"]}}, [("ROLE_MISFIT", "assignment.roles")]),
        (
            {"reviews": "a", "assignment": {"roles": ["admin"]}, "guidance": "x" * 20_001},
            [("GUIDANCE_TOO_LONG", "guidance")],
        ),
        (
            {"reviews": "a", "assignment": {"roles": ["admin"]}, "inputs": [{**TEXT, "name": "reviewed"}]},
            [("RESERVED_NAME", "inputs.reviewed")],
        ),
    ],
)
def test_a_review_nobody_could_decide_is_found(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert findings("human_review", config) == found


def test_an_export_gives_a_file_of_its_format() -> None:
    kind = KINDS["export_data"]
    config = kind.read({"format": "csv", "file_name": "a.csv", "inputs": [ROWS], "rows": "rows"})
    assert kind.outputs(config, nothing) == (Variable(name="file", type=FileType(kinds=("text/csv",))),)
    assert list(kind.findings(config)) == []


@pytest.mark.parametrize(
    ("config", "found"),
    [
        (
            {},
            [
                ("MISSING_CONFIGURATION", "format"),
                ("MISSING_CONFIGURATION", "file_name"),
                ("MISSING_CONFIGURATION", "inputs"),
            ],
        ),
        ({"format": "json", "file_name": "../a", "inputs": [TEXT]}, [("FILE_NAME_MISFIT", "file_name")]),
        (
            {"format": "json", "file_name": "a", "inputs": [TEXT], "rows": "lines"},
            [("UNKNOWN_VARIABLE", "rows")],
        ),
        ({"format": "json", "file_name": "a", "inputs": [TEXT], "rows": "text"}, [("TYPE_MISMATCH", "rows")]),
    ],
)
def test_an_export_that_could_not_be_written_is_found(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert findings("export_data", config) == found


def test_a_workflow_in_a_workflow_may_be_repeated_on_what_it_gives() -> None:
    kind = KINDS["execute_workflow"]
    text, number = {"type": "str"}, {"type": "float"}

    def codes(given: dict[str, str], **repeat: Any) -> list[str]:
        config = {
            "workflow": "Sub",
            "inputs": [{"name": "x", "type": given}],
            "outputs": [{"name": "x", "type": text}],
            "repeat": repeat,
        }
        return [finding.code for finding in kind.findings(kind.read(config))]

    assert codes(text, until="x == 'a'") == []
    assert codes(text) == ["MISSING_CONFIGURATION"]
    assert codes(number, until="x == 'a'") == ["TYPE_MISMATCH"]
    for wrong in ({"rounds_max": 0}, {"rounds_max": 1_001}, {"on_limit": "hold"}):
        with pytest.raises(ValidationError):
            codes(text, until="true", **wrong)
