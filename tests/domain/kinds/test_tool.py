"""The kind `tool`: its arguments, its results, when it may be repeated, and what would keep it from running."""

from __future__ import annotations

from typing import Any

import pytest

from domain.kinds import KINDS

TEXT = {"type": "str"}
CALL: dict[str, Any] = {
    "credential": "weather",
    "tool": "forecast",
    "inputs": [{"name": "place", "type": TEXT}],
    "arguments": {"place": "cityName"},
    "outputs": [{"name": "degrees", "type": {"type": "float"}}],
    "results": {"degrees": "tempC"},
}


def nothing(_: str) -> None:
    return None


def test_what_it_gives_follows_from_what_is_declared() -> None:
    kind = KINDS["tool"]
    declared = kind.outputs(kind.read(CALL), nothing) or ()
    assert [one.name for one in declared] == ["degrees", "text", "files"]
    free = kind.outputs(kind.read({"server": "time", "tool": "now"}), nothing) or ()
    assert [(one.name, one.required) for one in free] == [("structured", False), ("text", True), ("files", True)]


def test_it_happens_once_unless_it_may_be_repeated() -> None:
    kind = KINDS["tool"]
    once, again = kind.read(CALL), kind.read({**CALL, "repeatable": True})
    assert (kind.repetition_of(once), kind.has_effect(once)) == ("once", True)
    assert (kind.repetition_of(again), kind.has_effect(again)) == ("repeatable", False)


def test_a_renamed_variable_still_stands_for_the_tool_s_own_name() -> None:
    kind = KINDS["tool"]
    followed = kind.renamed_variable(kind.read(CALL), "input", "place", "town")
    assert followed is not None
    assert dict(followed.arguments) == {"town": "cityName"}
    plain = kind.renamed_variable(kind.read({**CALL, "arguments": {}}), "input", "place", "town")
    assert plain is not None
    assert dict(plain.arguments) == {"town": "place"}
    back = kind.renamed_variable(plain, "input", "town", "place")
    assert back is not None
    assert dict(back.arguments) == {}
    given = kind.renamed_variable(kind.read(CALL), "output", "degrees", "warmth")
    assert given is not None
    assert dict(given.results) == {"warmth": "tempC"}


@pytest.mark.parametrize(
    ("config", "found"),
    [
        (CALL, []),
        ({**CALL, "tool": " "}, [("MISSING_CONFIGURATION", "tool")]),
        ({**CALL, "credential": None}, [("MISSING_CONFIGURATION", "credential")]),
        ({**CALL, "server": "time"}, [("MISSING_CONFIGURATION", "credential")]),
        ({**CALL, "arguments": {"other": "x"}}, [("UNKNOWN_VARIABLE", "arguments.other")]),
        ({**CALL, "outputs": [{"name": "text", "type": TEXT}], "results": {}}, [("RESERVED_NAME", "outputs.text")]),
        (
            {**CALL, "outputs": [{"name": "scan", "type": {"type": "file"}}], "results": {}},
            [("TYPE_MISMATCH", "outputs.scan")],
        ),
    ],
)
def test_what_would_keep_it_from_running_is_found(config: dict[str, Any], found: list[tuple[str, str]]) -> None:
    kind = KINDS["tool"]
    assert [(one.code, one.path) for one in kind.findings(kind.read(config))] == found
