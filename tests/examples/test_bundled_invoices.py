"""The three invoices that come with the example: read from the PDF, through the real sandbox, as a demonstration does."""

import json
from decimal import Decimal
from typing import Any

import pytest

from examples.invoice_approval import make_invoices
from runner.actions.extract_text import DocumentPool
from runner.actions.sandbox import CodeSandbox
from tests.examples.invoice_fields import FOLDER, SURE, Found, find_in_sandbox

pytestmark = pytest.mark.anyio

LIMIT = Decimal(1000)
FILE_BYTES_MAX = 60_000


async def found_in(name: str) -> tuple[Found, dict[str, Any]]:
    """What the code finds in an invoice, and what is true."""
    async with DocumentPool() as pool, CodeSandbox() as sandbox:
        read = await pool.read((FOLDER / "invoices" / f"{name}.pdf").read_bytes())
        found = await find_in_sandbox(sandbox, read.text)
    (truth,) = json.loads((FOLDER / "invoices" / f"{name}.json").read_text())
    return found, truth


@pytest.mark.parametrize(("name", "within"), [("paper_and_ink", True), ("office_refit", False)])
async def test_a_clear_invoice_is_read_right_and_one_is_over_the_limit(name: str, within: bool) -> None:  # noqa: FBT001
    found, truth = await found_in(name)
    assert found["confidence"] >= SURE
    assert Decimal(found["total"]) == Decimal(str(truth["amount"]))
    assert (Decimal(found["total"]) <= LIMIT) is within
    assert [found["vendor"], found["number"], found["date"], found["currency"]] == [
        truth["issuer"],
        truth["invoice_number"],
        truth["date"],
        truth["currency"],
    ]


async def test_the_unclear_invoice_needs_a_person_who_corrects_the_total() -> None:
    found, truth = await found_in("hall_hire")
    assert found["confidence"] < SURE
    assert Decimal(found["total"]) != Decimal(str(truth["amount"]))


@pytest.mark.parametrize("invoice", [pytest.param(invoice, id=invoice.name) for invoice in make_invoices.INVOICES])
def test_the_script_makes_the_files_that_are_there(invoice: make_invoices.Invoice) -> None:
    made = make_invoices.pdf_of(make_invoices.content_of(make_invoices.texts_of(invoice)))
    assert made == (FOLDER / "invoices" / f"{invoice.name}.pdf").read_bytes()
    assert [invoice.truth] == json.loads((FOLDER / "invoices" / f"{invoice.name}.json").read_text())
    assert len(made) < FILE_BYTES_MAX
