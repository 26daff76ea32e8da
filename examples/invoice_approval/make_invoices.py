"""Writes the example's three invoices: run `python examples/invoice_approval/make_invoices.py` to make them anew.

Every vendor, person and number in them is invented. The JSON beside each PDF holds what a careful reader finds in it.
"""

import json
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "invoices"
PAGE_WIDTH, PAGE_HEIGHT = 595, 842
LEFT, RIGHT = 60, 535
WIDTHS: dict[str, int] = (
    dict.fromkeys("0123456789$", 556) | dict.fromkeys(".,: /Itfl'", 278) | {"-": 333, "€": 556, "%": 889}
)


@dataclass(frozen=True)
class Text:
    """One piece of text on the page; `right` says that x is where it ends."""

    x: float
    y: float
    text: str
    size: float = 10
    bold: bool = False
    right: bool = False


@dataclass(frozen=True)
class Invoice:
    """What stands on an invoice, and what a careful reader finds in it."""

    name: str
    head: tuple[str, ...]
    title: str
    facts: tuple[tuple[str, str], ...]
    columns: tuple[str, str, str]
    rows: tuple[tuple[str, str, str], ...]
    sums: tuple[tuple[str, str], ...]
    foot: tuple[str, ...]
    truth: dict[str, str | float]


def width_of(text: str, size: float) -> float:
    """How wide Helvetica sets a text, near enough to end columns on one line."""
    return sum(WIDTHS.get(letter, 556 if letter.islower() else 667) for letter in text) * size / 1000


def texts_of(invoice: Invoice) -> list[Text]:
    """The pieces of text of an invoice, placed."""
    texts = [Text(LEFT, 780, invoice.head[0], 14, bold=True)]
    texts += [Text(LEFT, 762 - 13 * place, line, 9) for place, line in enumerate(invoice.head[1:])]
    texts.append(Text(RIGHT, 780, invoice.title, 18, bold=True, right=True))
    for place, (label, value) in enumerate(invoice.facts):
        y = 740.0 - 15 * place
        texts += [Text(360, y, label), Text(RIGHT, y, value, right=True)]
    y = 630.0
    ends = (LEFT, 420, RIGHT)
    for x, label in zip(ends, invoice.columns, strict=True):
        texts.append(Text(x, y, label, bold=True, right=x != LEFT))
    for row in invoice.rows:
        y -= 20
        texts += [Text(x, y, cell, right=x != LEFT) for x, cell in zip(ends, row, strict=True)]
    y -= 18
    for place, (label, value) in enumerate(invoice.sums):
        y -= 18
        last = place == len(invoice.sums) - 1
        texts += [Text(330, y, label, bold=last), Text(RIGHT, y, value, bold=last, right=True)]
    return texts + [Text(LEFT, 110 - 13 * place, line, 8) for place, line in enumerate(invoice.foot)]


def content_of(texts: list[Text]) -> bytes:
    """The page's drawing instructions."""
    parts = [b"0.6 w 60 622 m 535 622 l S"]
    for text in texts:
        x = text.x - width_of(text.text, text.size) if text.right else text.x
        escaped = text.text.encode("cp1252").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
        font = b"F2" if text.bold else b"F1"
        parts.append(b"BT /%s %.1f Tf %.2f %.2f Td (%s) Tj ET" % (font, text.size, x, text.y, escaped))
    return b"\n".join(parts)


def pdf_of(content: bytes) -> bytes:
    """A PDF of one page."""
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /%s /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R" % (PAGE_WIDTH, PAGE_HEIGHT)
        + b" /Resources << /Font << /F1 5 0 R /F2 6 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        font % b"Helvetica",
        font % b"Helvetica-Bold",
    ]
    pdf, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(pdf))
    return pdf + head + table + tail


INVOICES = (
    Invoice(
        name="paper_and_ink",
        head=("Paper & Ink Supplies Ltd", "18 Canal Row, Leeds LS1 4AP", "VAT Reg No: GB 123 4567 89"),
        title="INVOICE",
        facts=(("Invoice No:", "PI-2026-0412"), ("Invoice date:", "3 March 2026"), ("Payment terms:", "30 days")),
        columns=("Description", "Quantity", "Amount"),
        rows=(
            ("Copy paper A4, box", "6", "£ 96.00"),
            ("Ink cartridge, black", "3", "£ 63.00"),
            ("Delivery", "1", "£ 8.50"),
        ),
        sums=(("Subtotal", "£ 167.50"), ("VAT 20%", "£ 33.50"), ("Total", "£ 201.00")),
        foot=("Please quote the invoice number with your payment.", "Sort code 00-00-00, account 00000000"),
        truth={
            "issuer": "Paper & Ink Supplies Ltd",
            "amount": 201.0,
            "amount_untaxed": 167.5,
            "date": "2026-03-03",
            "invoice_number": "PI-2026-0412",
            "currency": "GBP",
        },
    ),
    Invoice(
        name="office_refit",
        head=("Tischlerei Erlengrund GmbH", "Werkhof 7, 07743 Jena", "USt-IdNr. DE000000000"),
        title="Rechnung",
        facts=(("Rechnungsnr.:", "2026-118"), ("Rechnungsdatum:", "16.02.2026"), ("Kundennr.:", "40077")),
        columns=("Beschreibung", "Menge", "Gesamtpreis"),
        rows=(
            ("Schreibtisch, Eiche", "4", "2.360,00 €"),
            ("Aktenschrank, abschließbar", "2", "740,00 €"),
            ("Lieferung und Aufbau", "1", "200,00 €"),
        ),
        sums=(("Nettobetrag", "3.300,00 €"), ("zzgl. 19 % MwSt.", "627,00 €"), ("Rechnungsbetrag", "3.927,00 €")),
        foot=(
            "Zahlbar innerhalb von 14 Tagen ohne Abzug.",
            "Geschäftsführerin: Ada Beispiel, Amtsgericht Jena HRB 00000",
        ),
        truth={
            "issuer": "Tischlerei Erlengrund GmbH",
            "amount": 3927.0,
            "amount_untaxed": 3300.0,
            "date": "2026-02-16",
            "invoice_number": "2026-118",
            "currency": "EUR",
        },
    ),
    Invoice(
        name="hall_hire",
        head=("Old Mill Hall", "Mill Lane 2, Kilkenny"),
        title="Invoice 77",
        facts=(("Date:", "9 January 2026"), ("Event:", "Spring meeting")),
        columns=("What", "Days", "EUR"),
        rows=(("Hire of the hall and kitchen", "2", "960.00"), ("Deposit received in December", "", "-300.00")),
        sums=(("Amount due", "660.00"),),
        foot=("A deposit of 150.00 EUR for keys is returned after the event.",),
        truth={
            "issuer": "Old Mill Hall",
            "amount": 960.0,
            "amount_untaxed": 960.0,
            "date": "2026-01-09",
            "invoice_number": "77",
            "currency": "EUR",
        },
    ),
)


def main() -> None:
    """Write each invoice and what is true of it."""
    FOLDER.mkdir(exist_ok=True)
    for invoice in INVOICES:
        (FOLDER / f"{invoice.name}.pdf").write_bytes(pdf_of(content_of(texts_of(invoice))))
        truth = json.dumps([invoice.truth], indent=2, ensure_ascii=False)
        (FOLDER / f"{invoice.name}.json").write_text(truth + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
