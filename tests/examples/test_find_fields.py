"""The invoice example's code: what it is sure of is right, on invoices of many countries and on random ones."""

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from runner.actions.sandbox import CodeSandbox
from runner.findings import open_findings
from tests.examples.invoice_fields import CONFIGS, DESIGN, SURE, find, find_in_sandbox
from tests.examples.invoice_texts import INVOICES, InvoiceText
from tests.examples.made_up_invoices import make_invoice

pytestmark = pytest.mark.anyio

MADE_UP_INVOICES = 400


@pytest.fixture
async def sandbox() -> AsyncIterator[CodeSandbox]:
    async with CodeSandbox(processes=1) as opened:
        yield opened


def names_of(invoices: tuple[InvoiceText, ...]) -> list[Any]:
    return [pytest.param(invoice, id=invoice.name) for invoice in invoices]


@pytest.mark.parametrize("invoice", names_of(INVOICES))
def test_a_total_it_is_sure_of_is_right(invoice: InvoiceText) -> None:
    found = find(invoice.text)
    assert found["confidence"] < SURE or Decimal(found["total"]) == invoice.total, found["reasons"]


@pytest.mark.parametrize("invoice", names_of(tuple(invoice for invoice in INVOICES if invoice.plain)))
def test_it_is_sure_of_a_plain_invoice(invoice: InvoiceText) -> None:
    found = find(invoice.text)
    assert (found["confidence"] >= SURE, Decimal(found["total"])) == (True, invoice.total), found["reasons"]


def test_more_than_half_of_the_invoices_pass_by_themselves() -> None:
    sure = [invoice.name for invoice in INVOICES if find(invoice.text)["confidence"] >= SURE]
    assert len(sure) > len(INVOICES) / 2


def test_on_invoices_put_together_at_random_it_is_often_sure_and_then_right() -> None:
    known = sure = 0
    for seed in range(MADE_UP_INVOICES):
        invoice = make_invoice(seed)
        found = find(invoice.text)
        certain = found["confidence"] >= SURE
        assert not certain or Decimal(found["total"]) * 100 == invoice.total, invoice.text
        known, sure = known + invoice.known, sure + (invoice.known and certain)
    assert sure > known / 2


@pytest.mark.parametrize(
    ("name", "vendor", "number", "date", "currency"),
    [
        ("english_with_vat", "Harbour Lane Studio Ltd", "HL-2024-0117", "2024-03-14", "GBP"),
        ("german_with_mwst", "Tischlerei Birkenhof GmbH", "2023-0815", "2023-06-05", "EUR"),
        ("french_ht_tva_ttc", "SARL Atelier du Verger", "F2024-031", "2024-05-21", "EUR"),
        ("dutch_btw", "Fietsenmakerij De Spaak", "20240042", "2024-04-11", "EUR"),
        ("swedish_moms", "Bygg & Trä AB", "10234", "2024-08-30", "SEK"),
        ("american_sales_tax", "Prairie Hardware Supply", "10021", "2024-10-03", "USD"),
        ("indian_lakhs_and_gst", "Saraswati Textiles Pvt. Ltd.", "ST/23-24/118", "2023-11-18", "INR"),
        ("saas_without_tax", "Nimbus Notes, Inc.", "8A3F-0007", "2024-04-02", "USD"),
    ],
)
def test_the_other_fields_of_a_plain_invoice(name: str, vendor: str, number: str, date: str, currency: str) -> None:
    text = next(invoice.text for invoice in INVOICES if invoice.name == name)
    found = find(text)
    assert [found[field] for field in ("vendor", "number", "date", "currency")] == [vendor, number, date, currency]


@pytest.mark.parametrize(
    "text", ["", "\n\n", "No money here.", "Total", "1.2.3 4,5,6 --- ((( $ €", "9" * 5000, "Total " * 3000]
)
def test_any_text_gives_all_fields_and_no_certainty(text: str) -> None:
    found = find(text)
    assert found["confidence"] < SURE
    Decimal(found["total"])
    assert found["date"] == "" or dt.date.fromisoformat(found["date"]) is not None


async def test_in_the_sandbox_it_finds_the_same(sandbox: CodeSandbox) -> None:
    for invoice in INVOICES:
        assert await find_in_sandbox(sandbox, invoice.text) == find(invoice.text)


async def test_when_the_amounts_could_not_be_read_in_time_nobody_is_sure(sandbox: CodeSandbox) -> None:
    config = CONFIGS["find"]
    defaults = {variable.name: variable.default.value for variable in config.inputs if variable.default}
    found = (await sandbox.run_code(config.code, defaults, ("total", "confidence", "reasons"))).outputs
    assert (found["total"], found["confidence"] < SURE) == ("0.00", True)
    assert "the text cannot be read" in found["reasons"]


async def test_the_code_passes_the_check_at_design_time() -> None:
    async with open_findings() as findings:
        assert (await findings(DESIGN, None)).findings == ()
