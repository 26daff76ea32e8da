"""The kinds that ask a language model: what they take and give, what would keep them from running, and how they follow a rename."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from domain.kinds import KINDS
from domain.kinds.conditions import decide
from domain.kinds.prompts import named, parts, renamed
from domain.types import TextType
from domain.variables import Variable
from domain.workflows.misread import misread

TEXT = {"name": "text", "type": {"type": "str"}}
TOTAL = {"name": "total", "type": {"type": "decimal"}}
ACCOUNT = {"credential": "account", "model": "tiny-1"}
AI = {**ACCOUNT, "prompt": "Sum up {{text}}.", "inputs": [TEXT], "outputs": [TOTAL]}
REVIEW = {**ACCOUNT, "reviews": "before", "criteria": [{"name": "exact", "text": "The total is right."}]}


def nothing(_: str) -> None:
    return None


def before(_: str) -> tuple[Variable, ...]:
    return (Variable(name="total", type=TextType()), Variable(name="note", type=TextType(), required=False))


def findings(kind: str, config: dict[str, Any]) -> list[tuple[str, str]]:
    known = KINDS[kind]
    return [(finding.code, finding.path) for finding in known.findings(known.read(config))]


def test_a_model_that_can_be_asked_has_no_findings() -> None:
    assert findings("ai", AI) == []
    assert findings("agentic_review", REVIEW) == []
    words = {**ACCOUNT, "inputs": [TEXT], "conditions": [{"words": "It is a complaint.", "sources": ["text"]}]}
    assert findings("decision", words) == []


@pytest.mark.parametrize(
    ("kind", "config", "found"),
    [
        ("ai", {**AI, "credential": None}, [("MISSING_CONFIGURATION", "credential")]),
        ("ai", {**AI, "model": " "}, [("MISSING_CONFIGURATION", "model")]),
        ("ai", {**AI, "model": "m" * 201}, [("MODEL_MISFIT", "model")]),
        (
            "ai",
            {**AI, "prompt": "", "outputs": []},
            [("MISSING_CONFIGURATION", "prompt"), ("MISSING_CONFIGURATION", "outputs")],
        ),
        ("ai", {**AI, "prompt": "x" * 100_001}, [("PROMPT_TOO_LONG", "prompt")]),
        ("ai", {**AI, "prompt": "{{total}}"}, [("UNKNOWN_VARIABLE", "prompt")]),
        ("ai", {**AI, "system": "{{text.net}}"}, [("UNKNOWN_VARIABLE", "system")]),
        ("ai", {**AI, "budget": {}}, [("MISSING_CONFIGURATION", "budget")]),
        ("ai", {**AI, "outputs": [{"name": "f", "type": {"type": "array_files"}}]}, [("FILE_FROM_MODEL", "outputs.f")]),
        ("ai", {**AI, "outputs": [TOTAL, TOTAL]}, [("DECLARED_TWICE", "outputs.total")]),
        ("agentic_review", {**REVIEW, "reviews": None}, [("MISSING_CONFIGURATION", "reviews")]),
        ("agentic_review", {**REVIEW, "criteria": []}, [("MISSING_CONFIGURATION", "criteria")]),
        (
            "agentic_review",
            {**REVIEW, "criteria": [{"name": "a", "text": "x"}, {"name": "a", "text": " "}]},
            [("DECLARED_TWICE", "criteria.a"), ("MISSING_CONFIGURATION", "criteria.a.text")],
        ),
        (
            "agentic_review",
            {**REVIEW, "inputs": [{"name": "reviewed", "type": {"type": "str"}}]},
            [("RESERVED_NAME", "inputs.reviewed")],
        ),
        (
            "decision",
            {"inputs": [TEXT], "conditions": [{"words": "It is a complaint."}]},
            [("MISSING_CONFIGURATION", "credential"), ("MISSING_CONFIGURATION", "model")],
        ),
        (
            "decision",
            {**ACCOUNT, "inputs": [TEXT], "conditions": [{"words": " ", "sources": ["other"]}]},
            [("MISSING_CONFIGURATION", "conditions[0].words"), ("UNKNOWN_VARIABLE", "conditions[0].sources[0]")],
        ),
    ],
)
def test_what_would_keep_it_from_running_is_found(
    kind: str, config: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert findings(kind, config) == found


def test_without_a_credential_one_sentence_says_so() -> None:
    kind = KINDS["ai"]
    (finding,) = kind.findings(kind.read({**AI, "credential": None}))
    assert (finding.expected, finding.found) == ("the credential of a model provider", "none")


def test_a_review_by_a_model_passes_on_what_it_reviews() -> None:
    kind = KINDS["agentic_review"]
    config = kind.read({**REVIEW, "inputs": [TEXT]})
    assert [one.name for one in kind.inputs(config, before)] == ["reviewed", "text"]
    assert [one.name for one in kind.outputs(config, before) or ()] == ["total", "note", "verdict", "findings"]
    assert kind.outputs(config, nothing) is None
    assert kind.routes(config) == ("accepted", "rejected")
    assert kind.reviews(config) == "before"
    follows = kind.renamed(config, "before", "first")
    assert follows is not None
    assert kind.reviews(follows) == "first"
    assert kind.renamed(config, "other", "first") is None


def test_a_review_of_such_a_review_has_its_own_verdict() -> None:
    kind = KINDS["agentic_review"]
    given = kind.outputs(kind.read(REVIEW), before)
    outputs = kind.outputs(kind.read(REVIEW), lambda _: given)
    assert [one.name for one in outputs or ()] == ["total", "note", "verdict", "findings"]


def test_prompts_name_inputs_between_braces() -> None:
    prompt = r"Of {{ text }}: \{{ as it is }}, {{invoice.total}}"
    assert list(parts(prompt)) == ["Of ", ("text",), ": ", "{{", " as it is }}, ", ("invoice", "total")]
    assert named(prompt, None) == {"text", "invoice"}
    assert list(parts('Give {"a": {"b": 1}}')) == ['Give {"a": {"b": 1}}']


def test_a_renamed_input_is_renamed_in_the_prompts() -> None:
    assert renamed(r"{{ text.net }} {{texts}} \{{text}} {{text}}", "text", "body") == (
        r"{{ body.net }} {{texts}} \{{text}} {{body}}"
    )
    kind = KINDS["ai"]
    config = kind.read({**AI, "system": "By {{text}}"})
    followed = kind.renamed_variable(config, "input", "text", "body")
    assert followed is not None
    assert (followed.prompt, followed.system) == ("Sum up {{body}}.", "By {{body}}")
    output = kind.renamed_variable(config, "output", "total", "sum")
    assert output is not None
    assert output.prompt == "Sum up {{text}}."


def test_conditions_in_words_are_told_apart_from_the_others_and_combined_with_them() -> None:
    kind = KINDS["decision"]
    config = kind.read(
        {
            **ACCOUNT,
            "inputs": [TEXT],
            "conditions": [
                {"source": "text", "operation": "is_not_empty"},
                {"words": "It is a complaint.", "sources": ["text"]},
            ],
        }
    )
    assert [one.name for one in kind.outputs(config, nothing) or ()] == ["final_decision", "condition_1", "condition_2"]
    decided = decide(config.conditions, "and", config.inputs, {"text": "x"}, {1: False})
    assert (decided.conditions, decided.final) == ((True, False), False)
    written = kind.written(config.model_dump(mode="json", exclude_defaults=True))
    assert written["conditions"][1] == {"words": "It is a complaint.", "sources": ["text"]}
    followed = kind.renamed_variable(config, "input", "text", "body")
    assert followed is not None
    assert [followed.conditions[0].source, followed.conditions[1].sources] == [("body",), (("body",),)]


def test_what_is_wrong_in_a_condition_is_told_at_its_place() -> None:
    form = {"conditions": [{"words": 5}, {"source": "a", "operation": "resembles"}, {"words": "x", "value": 1}]}
    with pytest.raises(ValidationError) as refused:
        KINDS["decision"].read(form)
    places = [detail.path for detail in misread(refused.value, "tasks.a", form)]
    assert places == ["tasks.a.conditions[0].words", "tasks.a.conditions[1].operation", "tasks.a.conditions[2].value"]


@pytest.mark.parametrize(
    "wrong",
    [{"temperature": 3}, {"temperature": True}, {"repairs": 9}, {"budget": {"tokens": 0}}, {"price": {"input": "-1"}}],
)
def test_what_cannot_be_set_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        KINDS["ai"].read({**AI, **wrong})
