"""The kind `code`: declared types at the border, failures in the user's words, the same outputs when performed again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runner.actions.code import PRINTS_BYTES_MAX, RunCode
from runner.actions.contract import Outcome, Succeeded
from runner.actions.sandbox import CodeSandbox
from tests.runner.actions.action_stage import failed, outputs, task_run, tools

pytestmark = pytest.mark.anyio

BEGAN = datetime(2026, 3, 4, 5, 6, 7, 89_000, tzinfo=UTC)
DECIMAL: dict[str, Any] = {"type": "decimal"}
LINES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "fields": [{"name": "name", "type": {"type": "str"}}, {"name": "price", "type": DECIMAL}],
    },
}


@pytest.fixture
async def sandbox() -> AsyncIterator[CodeSandbox]:
    async with CodeSandbox(processes=1) as opened:
        yield opened


def variable(name: str, declared: dict[str, Any], *, required: bool = True) -> dict[str, Any]:
    return {"name": name, "type": declared, "required": required}


async def perform(
    sandbox: CodeSandbox,
    folder: Path,
    code: str,
    given: dict[str, tuple[dict[str, Any], Any]],
    made: list[dict[str, Any]],
    **how: Any,
) -> Outcome:
    config = {
        "code": code,
        "inputs": [variable(name, declared) for name, (declared, _) in given.items()],
        "outputs": made,
    }
    inputs = {name: value for name, (_, value) in given.items()}
    return await RunCode().perform(task_run("code", config, BEGAN, **how), inputs, tools(folder, code=sandbox))


async def test_declared_decimals_are_decimals_inside_and_text_outside(sandbox: CodeSandbox, tmp_path: Path) -> None:
    code = "total = sum([line['price'] for line in lines], rate)\nlines.append({'name': 'all', 'price': total})\n"
    given: dict[str, tuple[dict[str, Any], Any]] = {
        "lines": (LINES, [{"name": "a", "price": "0.10"}, {"name": "b", "price": "0.20"}]),
        "rate": (DECIMAL, "1.00"),
    }
    outcome = await perform(sandbox, tmp_path, code, given, [variable("total", DECIMAL), variable("lines", LINES)])
    assert outputs(outcome) == {
        "total": "1.30",
        "lines": [{"name": "a", "price": "0.10"}, {"name": "b", "price": "0.20"}, {"name": "all", "price": "1.30"}],
    }


@pytest.mark.parametrize(("code", "expected"), [("total = 5", "5"), ("total = '12.30'", "12.30")])
async def test_a_decimal_may_be_given_back_as_a_whole_number_or_as_text(
    sandbox: CodeSandbox, tmp_path: Path, code: str, expected: str
) -> None:
    outcome = await perform(sandbox, tmp_path, code, {}, [variable("total", DECIMAL)])
    assert outputs(outcome) == {"total": expected}


@pytest.mark.parametrize(
    ("code", "declared", "place"),
    [("r = 0.1", DECIMAL, "r"), ("r = [{'name': 'a', 'price': 0.1}]", LINES, "r[0].price")],
)
async def test_a_float_for_a_decimal_is_refused(
    sandbox: CodeSandbox, tmp_path: Path, code: str, declared: dict[str, Any], place: str
) -> None:
    failure = failed(await perform(sandbox, tmp_path, code, {}, [variable("r", declared)]))
    assert failure.code == "CODE_OUTPUT_INVALID"
    assert failure.message.startswith(f"Expected {place} to be a Decimal")


async def test_an_error_in_the_code_is_a_failure_with_its_line(sandbox: CodeSandbox, tmp_path: Path) -> None:
    failure = failed(await perform(sandbox, tmp_path, "a = 1\nr = a / 0", {}, [variable("r", {"type": "float"})]))
    assert (failure.code, failure.retryable) == ("CODE_ERROR", False)
    assert failure.details == {"line": 2, "source": "r = a / 0"}


async def test_an_optional_output_that_is_not_assigned_is_absent(sandbox: CodeSandbox, tmp_path: Path) -> None:
    made = [variable("a", {"type": "float"}), variable("b", {"type": "str"}, required=False)]
    assert outputs(await perform(sandbox, tmp_path, "a = 1", {}, made)) == {"a": 1}


async def test_an_input_that_is_absent_is_none(sandbox: CodeSandbox, tmp_path: Path) -> None:
    given = {"text": ({"type": "str"}, None), "price": (DECIMAL, None)}
    outcome = await perform(
        sandbox, tmp_path, "r = text is None and price is None", given, [variable("r", {"type": "bool"})]
    )
    assert outputs(outcome) == {"r": True}


async def test_the_time_limit_of_the_task_ends_the_code(sandbox: CodeSandbox, tmp_path: Path) -> None:
    outcome = await perform(
        sandbox, tmp_path, "while True:\n    pass", {}, [variable("r", {"type": "str"})], seconds=0.5
    )
    assert failed(outcome).code == "CODE_TIMEOUT"


CLOCK_AND_CHANCE = """
import random
from datetime import datetime, timezone
at = datetime.now(timezone.utc)
r = random.random()
print(at.isoformat(), r)
"""


async def test_a_task_cannot_ask_for_more_time_than_the_system_allows(tmp_path: Path) -> None:
    async with CodeSandbox(processes=1, seconds_max=0.5) as strict:
        outcome = await perform(
            strict, tmp_path, "while True:\n    pass", {}, [variable("r", {"type": "str"})], seconds=60.0
        )
    assert failed(outcome).message == "Expected the code to end within 0.5 s, but it took longer."


async def test_performed_again_it_gives_the_same_and_a_later_attempt_has_its_own_clock_and_seed(
    sandbox: CodeSandbox, tmp_path: Path
) -> None:
    made = [variable("at", {"type": "date"}), variable("r", {"type": "float"})]
    first, again, retried = [
        await perform(sandbox, tmp_path, CLOCK_AND_CHANCE, {}, made, attempt=attempt) for attempt in (1, 1, 2)
    ]
    assert first == again
    assert datetime.fromisoformat(outputs(first)["at"]) == BEGAN
    assert outputs(retried)["r"] != outputs(first)["r"]


async def test_the_record_holds_all_that_is_needed_to_run_it_again_exactly(
    sandbox: CodeSandbox, tmp_path: Path
) -> None:
    made = [variable("at", {"type": "date"}), variable("r", {"type": "float"})]
    outcome = await perform(sandbox, tmp_path, CLOCK_AND_CHANCE, {}, made)
    assert isinstance(outcome, Succeeded)
    recorded = outcome.evidence
    again = await sandbox.run_code(
        CLOCK_AND_CHANCE, {}, ["at", "r"], now=datetime.fromisoformat(recorded["clock"]), seed=recorded["seed"]
    )
    assert (again.outputs, again.prints) == (outcome.outputs, recorded["prints"])


async def test_what_was_printed_until_it_failed_is_kept(sandbox: CodeSandbox, tmp_path: Path) -> None:
    failure = failed(
        await perform(sandbox, tmp_path, "print('so far')\nr = 1 / 0", {}, [variable("r", {"type": "float"})])
    )
    assert failure.evidence["prints"] == "so far\n"


async def test_of_many_prints_the_first_are_kept_and_how_many_are_not_is_told(
    sandbox: CodeSandbox, tmp_path: Path
) -> None:
    code = f"r = 1\nprint('x' * {PRINTS_BYTES_MAX + 9})"
    outcome = await perform(sandbox, tmp_path, code, {}, [variable("r", {"type": "float"})])
    assert isinstance(outcome, Succeeded)
    assert outcome.evidence["prints"] == "x" * PRINTS_BYTES_MAX
    assert outcome.evidence["prints_bytes_left_out"] == 10
