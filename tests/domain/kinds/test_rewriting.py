"""A variable is renamed in code and expressions where every use is certain, else it is refused with the places."""

from __future__ import annotations

import ast
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kinds import KINDS, RenameUncertain
from domain.kinds.rewriting import renamed_in_cel, renamed_in_python
from domain.variables import Direction

PYTHON = [
    ("y = total + 1", "y = amount + 1"),
    ("total: float = 1\ntotal += total", "amount: float = 1\namount += amount"),
    ("a, (total, *b) = rows", "a, (amount, *b) = rows"),
    ("y = x.total + d['total']  # total", "y = x.total + d['total']  # total"),
    ("y = f(total=total)", "y = f(total=amount)"),
    ("y = f'{total:>{width}} euros' + 'total'", "y = f'{amount:>{width}} euros' + 'total'"),
    ("ä = 'ö'; y = total  # ü\r\nz = total", "ä = 'ö'; y = amount  # ü\r\nz = amount"),
    ("y = '\f\u2028'\nz = total", "y = '\f\u2028'\nz = amount"),
    ("def f():\n    return [total for _ in rows]\ny = f()", "def f():\n    return [amount for _ in rows]\ny = f()"),
    ("y = totals", "y = totals"),
    ("", ""),
]
UNCERTAIN = [
    ("def f(total): return total\ny = f(total=1)", 1, "total is bound by something else than an assignment"),
    ("y = [total for total in rows]", 1, "total is bound by something else than an assignment"),
    ("for total in rows:\n    y = total", 1, "total is bound by something else than an assignment"),
    ("def f():\n    global total\n    total = 1", 2, "total is bound by something else than an assignment"),
    ("import total", 1, "total is bound by something else than an assignment"),
    ("match x:\n    case {'a': 1, **total}:\n        y = 1", 2, "total is bound by something else than an assignment"),
    ("y = total\nz = amount", 2, "amount is used already"),
    ("y = [amount for amount in total]", 1, "amount is used already"),
    ("y = eval('total')", 1, "eval can reach any name"),
    ("y = total +", 1, "this is not Python"),
    ("y = f'{total} of {x.total}'", 1, "total stands in this text as a word as well"),
    ("y = f'{total} in total'", 1, "total stands in this text as a word as well"),
]
CEL = [
    ("total > 1 && x.total < 2", "amount > 1 && x.total < 2"),
    ("total.net > 1 || 'total' == total", "amount.net > 1 || 'total' == amount"),
    ("total(1) == total", "total(1) == amount"),
    ("x ? total : 1", "x ? amount : 1"),
    ("{total: total}[1] == [total]  // total", "{amount: amount}[1] == [amount]  // total"),
    ('r"\\total" == total', 'r"\\total" == amount'),
    ("'''a\ntotal''' != total", "'''a\ntotal''' != amount"),
    ("x.exists(e, e == total)", "x.exists(e, e == amount)"),
    ("x[0].total == 1.0 && amounts", "x[0].total == 1.0 && amounts"),
]
CEL_UNCERTAIN = [
    ("x.exists(total, total > 1)", 1, "total is bound by exists"),
    ("total > 1 &&\n amount < 1", 2, "amount is used already"),
    (".total > 1", 1, "total is named from the root"),
    ("Sum{total: 1}.total == 1", 1, "total may be a field of Sum"),
]


@pytest.mark.parametrize(("before", "after"), PYTHON)
def test_a_certain_use_in_python_is_rewritten(before: str, after: str) -> None:
    assert renamed_in_python(before, "total", "amount", "code") == after


@pytest.mark.parametrize(("source", "line", "why"), UNCERTAIN)
def test_an_uncertain_use_in_python_is_refused_with_its_line(source: str, line: int, why: str) -> None:
    with pytest.raises(RenameUncertain) as refusal:
        renamed_in_python(source, "total", "amount", "code")
    first = refusal.value.places[0]
    assert (first.path, first.line, first.why) == ("code", line, why)


def test_a_name_that_python_or_cel_keeps_for_itself_is_refused() -> None:
    for rename in (renamed_in_python, renamed_in_cel):
        with pytest.raises(RenameUncertain, match="import is no name"):
            rename("total", "total", "import", "code")


@pytest.mark.parametrize(("before", "after"), CEL)
def test_a_certain_use_in_an_expression_is_rewritten(before: str, after: str) -> None:
    assert renamed_in_cel(before, "total", "amount", "expression") == after


@pytest.mark.parametrize(("source", "line", "why"), CEL_UNCERTAIN)
def test_an_uncertain_use_in_an_expression_is_refused_with_its_line(source: str, line: int, why: str) -> None:
    with pytest.raises(RenameUncertain) as refusal:
        renamed_in_cel(source, "total", "amount", "expression")
    first = refusal.value.places[0]
    assert (first.line, first.why) == (line, why)


_PIECES = st.sampled_from(
    [
        "total",
        "x",
        " ",
        "\n",
        "=",
        "+",
        "(",
        ")",
        "f'",
        "'",
        "{",
        "}",
        "#",
        ".",
        ",",
        "[",
        "]",
        "for ",
        " in ",
        "ä",
        ":",
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join))
def test_renamed_there_and_back_a_program_is_as_it_was(source: str) -> None:
    try:
        renamed = renamed_in_python(source, "total", "amount", "code")
    except RenameUncertain:
        return
    assert renamed_in_python(renamed, "amount", "total", "code") == source
    if "total" in source and "total" not in renamed:
        assert ast.dump(ast.parse(renamed)).replace("amount", "total") == ast.dump(ast.parse(source))


VARIABLE = {"name": "total", "type": {"type": "float"}}
KINDS_RENAME: list[tuple[str, Direction, dict[str, Any], dict[str, Any]]] = [
    ("code", "input", {"code": "y = total", "inputs": [VARIABLE]}, {"code": "y = amount"}),
    ("code", "output", {"code": "total = 1", "outputs": [VARIABLE]}, {"code": "amount = 1"}),
    (
        "decision",
        "input",
        {
            "inputs": [VARIABLE],
            "conditions": [{"source": "total.net", "operation": "equals", "value_of": "total.gross"}],
            "expression": "total > 1",
        },
        {
            "conditions": [{"source": ["amount", "net"], "operation": "equals", "value_of": ["amount", "gross"]}],
            "expression": "amount > 1",
        },
    ),
    ("export_data", "input", {"inputs": [VARIABLE], "rows": "total"}, {"rows": "amount"}),
    (
        "export_data",
        "input",
        {"inputs": [VARIABLE], "columns": [{"name": "total"}], "url": "https://x/{total}"},
        {"columns": [{"name": "amount", "target": "total"}], "url": "https://x/{amount}"},
    ),
    (
        "import_data",
        "input",
        {
            "inputs": [VARIABLE],
            "statement": "select ':total', total::text from t where x = :total",
            "object": "{total}.csv",
        },
        {"statement": "select ':total', total::text from t where x = :amount", "object": "{amount}.csv"},
    ),
    ("human_review", "input", {"reviews": "a", "inputs": [VARIABLE]}, {"reviews": "a"}),
    (
        "execute_workflow",
        "output",
        {"workflow": "W", "outputs": [VARIABLE], "repeat": {"until": "total > 1"}},
        {"workflow": "W", "repeat": {"until": "amount > 1"}},
    ),
]


@pytest.mark.parametrize(("kind", "direction", "config", "uses"), KINDS_RENAME)
def test_each_kind_renames_what_it_declares_with_every_use(
    kind: str, direction: Direction, config: dict[str, Any], uses: dict[str, Any]
) -> None:
    renamed = KINDS[kind].renamed_variable(KINDS[kind].read(config), direction, "total", "amount")
    assert renamed is not None
    form = renamed.model_dump(mode="json", exclude_defaults=True)
    assert form == {f"{direction}s": [{**VARIABLE, "name": "amount"}], **uses}


def test_a_kind_that_fixes_its_variables_renames_none() -> None:
    message = {"message": "go", "outputs": [{"name": "message", "type": {"type": "str"}}]}
    assert KINDS["wait"].renamed_variable(KINDS["wait"].read(message), "output", "message", "go") is None
    assert KINDS["extract_text"].renamed_variable(KINDS["extract_text"].read({}), "output", "text", "t") is None


@pytest.mark.parametrize(
    ("kind", "direction", "config"),
    [
        ("code", "input", {"inputs": [VARIABLE], "outputs": [VARIABLE]}),
        ("execute_workflow", "input", {"inputs": [VARIABLE], "outputs": [VARIABLE], "repeat": {"until": "total"}}),
    ],
)
def test_a_name_that_both_directions_share_is_not_certain(
    kind: str, direction: Direction, config: dict[str, Any]
) -> None:
    with pytest.raises(RenameUncertain):
        KINDS[kind].renamed_variable(KINDS[kind].read(config), direction, "total", "amount")


def test_only_what_changes_something_outside_has_an_effect() -> None:
    assert {name for name, kind in KINDS.items() if kind.has_effect(kind.read({}))} == {"send_email", "tool"}
    export = KINDS["export_data"]
    having = [to for to in ("file", "url", "s3", "sql") if export.has_effect(export.read({"target": to}))]
    assert having == ["url", "s3", "sql"]


def test_only_what_would_be_there_twice_is_not_repeated() -> None:
    export = KINDS["export_data"]
    configs: list[dict[str, Any]] = [
        {"target": "file"},
        {"target": "url"},
        {"target": "url", "method": "POST"},
        {"target": "s3"},
        {"target": "sql"},
    ]
    repeated = [export.repetition_of(export.read(config)) for config in configs]
    assert repeated == ["repeatable", "repeatable", "once", "repeatable", "once"]
