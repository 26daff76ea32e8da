"""The check of user code at design time: findings with the user's line, by the declared types."""

from collections.abc import AsyncIterator

import pytest

from domain.kinds.code import CodeConfiguration
from runner.actions.code_check import CodeChecker, Finding

pytestmark = pytest.mark.anyio

INPUTS = {"text": "str", "amount": "Decimal", "order": "dict[str, Any]"}
OUTPUTS = {"total": "Decimal | int | str"}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def checker() -> AsyncIterator[CodeChecker]:
    async with CodeChecker() as opened:
        yield opened


@pytest.mark.parametrize(
    "code",
    [
        "total = amount * 2",
        "total = order['a']",
        "from decimal import Decimal\ntotal: Decimal = Decimal('1')",
        "import re\nfound = re.search('a', text)\ntotal = found.group(0) if found else ''",
        "while True:\n    pass\ntotal = 1",
    ],
)
async def test_code_that_fits_its_types_has_no_findings_and_is_not_run(checker: CodeChecker, code: str) -> None:
    assert await checker.check_code(code, INPUTS, OUTPUTS) == ()


@pytest.mark.parametrize(
    ("code", "line", "message"),
    [
        ("x = 1\ny = text + x\ntotal = 1", 2, "Operator `+` is not supported"),
        ("total = = 1", 1, "Expected an expression"),
        ("text.nothing()\ntotal = 1", 1, "nothing"),
        ("\n\ntotal = unknown", 3, "Name `unknown` used when not defined"),
        ("import socket\ntotal = 1", 1, "socket"),
        ("x = 1\ndef f():\n    yield 1\ntotal = 1", 3, "line 3 uses yield expressions"),
        ("x = '''\na\n'''\ny = x - 1\ntotal = 1", 4, "Operator `-`"),
        ("x = 1", None, "Expected the code to assign total, but it does not."),
        ("", None, "Expected the code to assign total, but it does not."),
        ("total = float(amount)", None, "Expected total to be Decimal | int | str, but it is float."),
        ("x" * 200_001, None, "at most 200000 characters"),
    ],
)
async def test_a_finding_names_the_line_of_the_users_code(
    checker: CodeChecker, code: str, line: int | None, message: str
) -> None:
    findings = await checker.check_code(code, INPUTS, OUTPUTS)
    assert [finding.line for finding in findings] == [line]
    assert message in findings[0].message


async def test_names_that_python_keeps_for_itself_are_found(checker: CodeChecker) -> None:
    findings = await checker.check_code("x = 1", {"from": "str"}, {"class": "str"})
    assert findings == (
        Finding(None, "Expected a name that Python leaves free, but from is a keyword."),
        Finding(None, "Expected a name that Python leaves free, but class is a keyword."),
    )


async def test_the_same_code_is_checked_once(checker: CodeChecker) -> None:
    first = await checker.check_code("total = text.a", INPUTS, OUTPUTS)
    assert await checker.check_code("total = text.a", INPUTS, OUTPUTS) is first
    assert await checker.check_code("total = text.a", {**INPUTS, "text": "Any"}, OUTPUTS) == ()


async def test_a_task_is_checked_by_its_declared_types(checker: CodeChecker) -> None:
    config = CodeConfiguration.model_validate(
        {
            "code": "price = lines[0]['price'] * 2\nwhole = int(factor)\nif day is not None:\n    year = day[:4]\n",
            "inputs": [
                {"name": "lines", "type": {"type": "array", "items": {"type": "object"}}},
                {"name": "factor", "type": {"type": "float"}},
                {"name": "day", "type": {"type": "date"}, "required": False},
            ],
            "outputs": [
                {"name": "price", "type": {"type": "decimal"}},
                {"name": "whole", "type": {"type": "float"}},
                {"name": "year", "type": {"type": "str"}, "required": False},
                {"name": "never", "type": {"type": "bool"}, "required": False},
            ],
        }
    )
    assert await checker.check_task(config) == ()
    wrong = config.model_copy(update={"code": config.code + "price = 1.5\n"})
    assert [finding.message for finding in await checker.check_task(wrong)] == [
        "Expected price to be Decimal | int | str, but it is float."
    ]
