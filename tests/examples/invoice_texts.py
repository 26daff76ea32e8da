"""Invoices of many countries, trades and layouts, written for these tests: a text file each in `invoices/`.

The first line of a file is `total AMOUNT`, the true total (gross), and `plain` behind it where nothing is tricky, so that
a careful finder is to be sure. It is 0.00 for a paper that is no invoice: of that nobody may be sure. The text follows
after an empty line, laid out as text extraction lays it out.
"""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

FOLDER = Path(__file__).parent / "invoices"


@dataclass(frozen=True, slots=True)
class InvoiceText:
    """The text of one invoice, its true total, and whether a careful finder can be sure of it."""

    name: str
    total: Decimal
    plain: bool
    text: str


def read_invoice(path: Path) -> InvoiceText:
    """One invoice from its file."""
    head, text = path.read_text(encoding="utf-8").split("\n\n", 1)
    _, total, *plain = head.split()
    return InvoiceText(path.stem, Decimal(total), plain == ["plain"], text)


INVOICES = tuple(read_invoice(path) for path in sorted(FOLDER.glob("*.txt")))
