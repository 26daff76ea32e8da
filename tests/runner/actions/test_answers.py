"""What a model answered is read as what was wanted, whatever stands around it, and in time that grows with its length alone."""

from __future__ import annotations

from time import monotonic

import pytest

from domain.types import NumberType
from domain.variables import Variable
from runner.actions.asking.answers import AnswerMisfit, Wanted, read_answer

TOTAL = Wanted((Variable(name="total", type=NumberType()),))


@pytest.mark.parametrize(
    "answer",
    [
        '{"total": 1}',
        ' \n{"total": 1}\n ',
        '```json\n{"total": 1}\n```',
        '\n``` \n{"total": 1}```\n',
        '```JSON\n\n{"total": 1}\n\n  ```',
    ],
)
def test_an_answer_is_read_with_fences_around_it_and_without(answer: str) -> None:
    assert read_answer(TOTAL, answer) == {"total": 1}


@pytest.mark.parametrize("answer", ["```", "```\n```", '```json {"total": 1}```', '```json\n{"total": 1}'])
def test_what_is_no_json_is_told_so(answer: str) -> None:
    with pytest.raises(AnswerMisfit, match="is not JSON"):
        read_answer(TOTAL, answer)


@pytest.mark.parametrize("filling", [" ", "\n", "`", "```\n"])
def test_an_answer_that_goes_on_for_ever_is_read_in_one_pass(filling: str) -> None:
    began = monotonic()
    with pytest.raises(AnswerMisfit):
        read_answer(TOTAL, f"```json\n{filling * 500_000}.")
    assert monotonic() - began < 2  # To try each end of it takes minutes, in which nothing else of the runner goes on.
