"""User code in its sandbox: exact values in and out, errors in the user's words, hostile programs that end only themselves."""

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from runner.actions.code_limits import MEBIBYTE, CodeFailed, CodeLimits, CodeResult
from runner.actions.sandbox import CodeSandbox
from tests.runner.actions.hostile_programs import HOSTILE, LOOP

pytestmark = pytest.mark.anyio

TIGHT = CodeLimits(seconds=0.3, memory_bytes=32 * MEBIBYTE, call_depth=200, print_bytes=10_000, output_bytes=100_000)
LONG = CodeLimits(seconds=60.0)


@pytest.fixture
async def sandbox() -> AsyncIterator[CodeSandbox]:
    async with CodeSandbox(processes=1) as opened:
        yield opened


async def failure(sandbox: CodeSandbox, code: str, limits: CodeLimits = TIGHT) -> CodeFailed:
    with pytest.raises(CodeFailed) as failed:
        await sandbox.run_code(code, {"text": "hello"}, ["r"], limits)
    return failed.value


async def value(sandbox: CodeSandbox, code: str, **inputs: Any) -> Any:
    return (await sandbox.run_code(code, inputs, ["r"])).outputs["r"]


async def test_inputs_and_outputs_are_plain_names(sandbox: CodeSandbox) -> None:
    result = await sandbox.run_code("print('sum')\ntotal = a + b", {"a": 2, "b": 3}, ["total"])
    assert result == CodeResult({"total": 5}, "sum\n")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("r = None", None),
        ("r = 5 // 1", 5),
        ("r = 2.50", 2.5),
        ("r = 'é\\n'", "é\n"),
        ("r = {'a': [1, {'b': True}]}", {"a": [1, {"b": True}]}),
        ("r = (1, 2)", [1, 2]),
        ("from decimal import Decimal\nr = Decimal('12.30')", "12.30"),
        ("from decimal import Decimal\nr = [Decimal('1E+3'), Decimal('1E-7')]", ["1000", "0.0000001"]),
        ("from datetime import date\nr = date(2026, 1, 31)", "2026-01-31"),
        (
            "from datetime import datetime, timezone\nr = datetime(2026, 1, 31, 5, tzinfo=timezone.utc)",
            "2026-01-31T05:00:00+00:00",
        ),
        ("from dataclasses import dataclass\n@dataclass\nclass P:\n    a: int\nr = P(1)", {"a": 1}),
        ("r = ['<b>', '[...]', '{...}']", ["<b>", "[...]", "{...}"]),
        ("r = [{'<b>': {'[...]': '<i>'}, 'c': 1}]", [{"<b>": {"[...]": "<i>"}, "c": 1}]),
    ],
)
async def test_values_come_out_exactly(sandbox: CodeSandbox, code: str, expected: object) -> None:
    found = await value(sandbox, code)
    assert found == expected
    assert type(found) is type(expected)


async def test_decimals_are_reckoned_exactly(sandbox: CodeSandbox) -> None:
    assert await value(sandbox, "r = a + b", a=Decimal("0.10"), b=Decimal("0.20")) == "0.30"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("r = float('nan')", "finite"),
        ("r = [1e308 * 10]", "r[0]"),
        ("r = 2 ** 60", "whole number"),
        ("r = {1: 2}", "text keys"),
        ("r = {1, 2}", "set"),
        ("r = b'abc'", "bytes"),
        ("r = 'a\\x00b'", "U+0000"),
        ("from decimal import Decimal\nr = Decimal('NaN')", "finite"),
        ("from datetime import datetime\nr = datetime(2026, 1, 31)", "offset"),
        ("class A:\n    pass\nr = A()", "a MontyClassProxy"),
        ("r = {'deep': [len, 1]}", "r['deep'][0]"),
        ("def f():\n    pass\nr = [f]", "r[0]"),
        ("r = []\nr.append(r)", "r[0]"),
    ],
)
async def test_a_value_that_is_not_exact_is_refused_with_its_place(
    sandbox: CodeSandbox, code: str, problem: str
) -> None:
    failed = await failure(sandbox, code)
    assert failed.code == "CODE_OUTPUT_INVALID"
    assert problem in failed.message


async def test_an_error_names_the_line_of_the_users_code(sandbox: CodeSandbox) -> None:
    failed = await failure(sandbox, "x = 1\ndef f():\n    return x / 0\nr = f()")
    assert (failed.code, failed.line, (failed.source or "").strip()) == ("CODE_ERROR", 3, "return x / 0")
    assert failed.message == "ZeroDivisionError: division by zero (line 3: return x / 0)"


@pytest.mark.parametrize(
    ("code", "line"), [("x = 1\ny = = 2", 2), ("def f():\n    yield 1", 2), ("(" * 5000 + ")" * 5000, 1)]
)
async def test_what_is_no_python_or_outside_the_subset_is_a_syntax_error(
    sandbox: CodeSandbox, code: str, line: int
) -> None:
    failed = await failure(sandbox, code)
    assert (failed.code, failed.line) == ("CODE_SYNTAX", line)


async def test_an_input_that_is_a_keyword_is_refused(sandbox: CodeSandbox) -> None:
    with pytest.raises(CodeFailed, match=r"^Expected Python, but Input name 'from' not a valid identifier$"):
        await sandbox.run_code("r = 1", {"from": 1}, ["r"])


async def test_an_error_that_only_looks_like_the_time_limit_is_the_users_own(sandbox: CodeSandbox) -> None:
    assert (await failure(sandbox, "raise TimeoutError('time limit exceeded')")).code == "CODE_ERROR"


async def test_every_missing_output_is_named_and_builtins_do_not_stand_in(sandbox: CodeSandbox) -> None:
    with pytest.raises(CodeFailed) as failed:
        await sandbox.run_code("a = 1", {}, ["a", "b", "type", "sum", "class"])
    assert failed.value.code == "CODE_OUTPUT_MISSING"
    assert failed.value.message == "Expected the code to assign b, type, sum, class, but it does not."


async def test_an_optional_output_may_be_missing(sandbox: CodeSandbox) -> None:
    assert (await sandbox.run_code("a = 1", {}, ["a"], optional=["b"])).outputs == {"a": 1}


@pytest.mark.parametrize(("code", "expected"), HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_program_ends_only_its_own_run(sandbox: CodeSandbox, code: str, expected: str) -> None:
    # Only what never ends may meet the time limit, however slow the machine is; endless prints end there too.
    seconds = {"CODE_TIMEOUT": TIGHT.seconds, "CODE_OUTPUT_TOO_LARGE": 3.0}.get(expected, LONG.seconds)
    limits = replace(TIGHT, seconds=seconds)
    failed = await failure(sandbox, code, limits)
    assert failed.code == expected, failed.message
    assert len(failed.message) < 5000
    assert "\0" not in failed.message
    assert await value(sandbox, "r = text", text="still there") == "still there"


def test_the_hostile_programs_are_many() -> None:
    assert len(HOSTILE) >= 80


async def test_the_limits_of_the_system_hold_where_a_run_says_nothing_else() -> None:
    async with CodeSandbox(processes=1, usual=replace(TIGHT, memory_bytes=16 * MEBIBYTE)) as small:
        with pytest.raises(CodeFailed) as failed:
            await small.run_code("r = 'a' * 17_000_000", {}, ["r"])
    assert failed.value.code == "CODE_MEMORY"


async def test_no_process_is_there_before_the_first_code() -> None:
    async with CodeSandbox() as sandbox:
        assert sandbox._opening is None


async def test_sleeping_costs_no_time(sandbox: CodeSandbox) -> None:
    code = "import asyncio, time\ntime.sleep(100)\nasync def f():\n    await asyncio.sleep(100)\nawait f()\nr = 1"
    assert await value(sandbox, code) == 1


async def test_the_clock_stands_still_and_random_numbers_follow_from_the_seed(sandbox: CodeSandbox) -> None:
    code = "import random, time\nfrom datetime import datetime, timezone\n"
    code += "r = [datetime.now(timezone.utc), time.time(), random.random(), random.Random().random(), hash('a') % 97]"
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    first, again, other = [
        (await sandbox.run_code(code, {}, ["r"], now=now, seed=seed)).outputs["r"] for seed in ("one", "one", "two")
    ]
    assert first == again
    assert first[0] == "2026-03-04T05:06:07+00:00"
    assert first[2] != other[2]


async def test_runs_share_nothing(sandbox: CodeSandbox) -> None:
    await sandbox.run_code("import math\nleft = 1\nr = 1", {}, ["r"])
    assert (await failure(sandbox, "r = left")).message.startswith("NameError")


async def test_cancelling_ends_the_code_at_once_and_the_next_run_works(sandbox: CodeSandbox) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(sandbox.run_code(LOOP, {}, [], LONG), 0.2)
    assert await value(sandbox, "r = 1") == 1


async def test_a_process_killed_in_the_middle_fails_its_run_alone(sandbox: CodeSandbox) -> None:
    running = asyncio.create_task(sandbox.run_code(LOOP, {}, [], LONG))
    process = None
    while process is None:
        await asyncio.wait({running}, timeout=0.01)
        # The library is loaded with the first code, so that its turn may not have come yet.
        process = next((turn._process for turn in sandbox._running), None)
    os.kill(process, 9)
    with pytest.raises(CodeFailed) as failed:
        await running
    assert failed.value.code == "CODE_CRASHED"
    assert await value(sandbox, "r = 1") == 1


async def test_closing_ends_what_still_runs() -> None:
    async with CodeSandbox(processes=1) as sandbox:
        running = asyncio.create_task(sandbox.run_code(LOOP, {}, [], LONG))
        await asyncio.wait({running}, timeout=0.1)
    with pytest.raises(CodeFailed):
        await running


async def test_runs_beyond_the_number_of_processes_wait(sandbox: CodeSandbox) -> None:
    results = await asyncio.gather(*(value(sandbox, "r = n * 2", n=n) for n in range(20)))
    assert results == [n * 2 for n in range(20)]
