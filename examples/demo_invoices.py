"""The invoices of the demonstration: what is true of each, what became of it, and what the scripted reviewer says."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

BY_ITSELF = "by itself"
REVIEWED = "reviewed"
CORRECTED = "corrected"
REJECTED = "rejected"
CENT = Decimal("0.01")
CENT_EXPONENT = -2


@dataclass(frozen=True, slots=True)
class Answer:
    """What the scripted reviewer decides of what was shown."""

    decision: str
    passed: str
    comment: str
    total: Decimal | None = None  # the correction


@dataclass(slots=True)
class Invoice:
    """One invoice on its way."""

    pdf: Path
    true_amount: Decimal | None
    job_id: str = ""
    ended_at: str = ""
    passed: str = BY_ITSELF
    job: dict[str, Any] = field(default_factory=dict)  # as it ended

    @property
    def name(self) -> str:
        """How it is called in what is printed."""
        return self.pdf.stem

    @property
    def found(self) -> Decimal | None:
        """The total that the program found."""
        return as_amount(self._given("find", "total"))

    @property
    def is_sure(self) -> bool:
        """Whether the program is sure of the total, whatever the limit says."""
        return bool(self._given("sure", "condition_1") and self._given("sure", "condition_3"))

    @property
    def is_right(self) -> bool:
        """Whether the total that the program found is the true one."""
        return self.found is not None and self.found == self.true_amount

    def _given(self, task: str, output: str) -> Any:
        runs = self.job["tasks"]["nodes"] if self.job else ()
        outputs = [value for run in runs if run["task"] == task for value in run["outputs"]]
        return next((value["json"] for value in outputs if value["name"] == output), None)


def read_invoices(folder: Path) -> list[Invoice]:
    """All PDFs of a folder in the order of their names."""
    return [Invoice(pdf, read_true_amount(pdf)) for pdf in sorted(folder.glob("*.[pP][dD][fF]"))]


def read_true_amount(pdf: Path) -> Decimal | None:
    """The `amount` in the JSON file of the same name: an object, or a list with one. None where nobody knows."""
    beside = pdf.with_suffix(".json")
    if not beside.exists():
        return None
    known = json.loads(beside.read_text(encoding="utf-8"), parse_float=Decimal)
    if isinstance(known, list):
        known = known[0] if known else {}
    return as_amount(known.get("amount"))


def as_amount(value: Any) -> Decimal | None:
    """The exact decimal, with two places at least as money has them; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    exponent = amount.as_tuple().exponent
    return amount.quantize(CENT) if isinstance(exponent, int) and exponent > CENT_EXPONENT else amount


def answer(shown: Any, true_amount: Decimal | None) -> Answer:
    """What a person with the invoice before them would say to the total that is shown."""
    if true_amount is None:
        return Answer("REJECT", REJECTED, "Nobody knows the true amount of this invoice.")
    if as_amount(shown) == true_amount:
        return Answer("ACCEPT", REVIEWED, "The total is what the invoice says.")
    return Answer("ACCEPT", CORRECTED, "The total was read from the invoice.", true_amount)


def verdict(invoices: Iterable[Invoice]) -> tuple[str, int]:
    """How many totals were found without a person, as a sentence, and how many wrong ones passed unseen."""
    every = list(invoices)
    found = [one for one in every if one.is_sure and one.is_right]
    unseen = sum(one.passed == BY_ITSELF and one.true_amount is not None and not one.is_right for one in every)
    unknown = sum(one.passed == BY_ITSELF and one.true_amount is None for one in every)
    over = sum(one.passed != BY_ITSELF for one in found)
    notes = [
        *([f"{over} of them over the limit, so a person approved what was found"] if over else []),
        *([f"{unknown} passed whose true amount nobody knows"] if unknown else []),
    ]
    said = f" ({'; '.join(notes)})" if notes else ""
    return f"{len(found)} of {len(every)} totals found without a person{said}; wrong passed unseen: {unseen}", unseen
