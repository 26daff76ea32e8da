"""Findings are remembered beyond the process, and who asks for them need not wait for all."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from domain.workflows.design import Design, Task
from runner.actions.code_check import CHECKER_VERSION, CodeChecker, Finding
from runner.finding_store import FindingStore
from runner.findings import open_findings
from tests.runner.stage import Stage

pytestmark = pytest.mark.anyio

WRONG = "double = nmber"
FOUND = Finding(1, "Name `nmber` used when not defined")


def design(*codes: str) -> Design:
    made = Design()
    for number, code in enumerate(codes):
        outputs: list[dict[str, Any]] = [{"name": "double", "type": {"type": "float"}}]
        made = made.with_task(Task(name=f"t{number}", kind="code", config={"code": code, "outputs": outputs}))
    return made


async def test_what_one_process_found_is_known_to_the_next(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_findings(stage.system.reader) as findings:
        first = await findings(design(WRONG, "double = 1"), None)
    assert [one.message for one in first.findings] == [FOUND.message]

    def refuse(*_: object) -> tuple[Finding, ...]:
        raise AssertionError("it was checked again")

    monkeypatch.setattr(CodeChecker, "_check", refuse)
    async with open_findings(stage.system.reader) as findings:
        assert await findings(design(WRONG, "double = 1"), None) == first


async def test_what_was_not_used_for_long_is_forgotten_when_something_new_comes(stage: Stage) -> None:
    store, reader = FindingStore(stage.system.reader), stage.system.reader
    await store.keep(b"old", (FOUND,))
    assert await store.read(b"old") == (FOUND,)
    await reader.rows(
        "update findings set used_at = clock_timestamp() - interval '29 days' where key = %b returning 1", (b"old",)
    )
    assert await store.read(b"old") == (FOUND,)  # Which is a use of it.
    await reader.rows("update findings set used_at = used_at - interval '29 days' returning 1", ())
    await store.keep(b"new", ())
    await store.keep(b"new", (FOUND,))
    assert await store.read(b"old") == (FOUND,)
    await reader.rows(
        "update findings set used_at = used_at - interval '31 days' where key = %b returning 1", (b"old",)
    )
    await store.keep(b"newer", ())
    assert await reader.rows("select key, checker from findings order by key", ()) == [
        (b"new", CHECKER_VERSION),
        (b"newer", CHECKER_VERSION),
    ]
    assert await store.read(b"new") == ()


async def test_who_does_not_wait_is_told_how_much_is_not_known_and_finds_it_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[str] = []
    go_on = asyncio.Event()

    async def check(self: CodeChecker, code: str, *_: object, **__: object) -> tuple[Finding, ...]:
        checked.append(code)
        await go_on.wait()
        return (FOUND,)

    monkeypatch.setattr(CodeChecker, "check_code", check)
    drawn = design("a = 1", "b = 1")
    async with open_findings() as findings:
        early = await findings(drawn, 0.01)
        assert (early.findings, early.pending) == ((), 2)
        again = await findings(drawn, 0.01)
        assert again.pending == 2
        go_on.set()
        late = await findings(drawn, None)
        assert ([one.task for one in late.findings], late.pending) == (["t0", "t1"], 0)
    assert checked == ["a = 1", "b = 1"]


async def test_an_end_comes_at_once_also_while_code_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    async def check(self: CodeChecker, *_: object, **__: object) -> tuple[Finding, ...]:
        await asyncio.Event().wait()
        return ()

    monkeypatch.setattr(CodeChecker, "check_code", check)
    async with asyncio.timeout(5):
        async with open_findings() as findings:
            assert (await findings(design("a = 1"), 0.01)).pending == 1
