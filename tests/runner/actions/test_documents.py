"""Reading documents of each kind: what a person sees in them, and one clear refusal for what cannot be read."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import pytest

from runner.actions.extract_text.found import USUAL_LIMITS, DocumentRefused, Found, Limits, Wanted
from runner.actions.extract_text.reading import read_document
from tests.runner.actions.office_files import (
    PAGE_BREAK,
    mail,
    packed,
    paragraph,
    shape,
    sheet_row,
    sheets,
    slide_table,
    slides,
    word,
    word_table,
)
from tests.runner.actions.pdf_files import scanned_page, text_page
from tests.runner.actions.scans import needs_tesseract

ROOT = Path(__file__).parents[3]
NO_OCR = Wanted(ocr="never")
PRICES = (("Item", "Price"), ("Chair", "120.50"))


def read(data: bytes, wanted: Wanted = NO_OCR, limits: Limits = USUAL_LIMITS) -> Found:
    return read_document(data, wanted, limits)


def refusal(data: bytes, wanted: Wanted = NO_OCR, limits: Limits = USUAL_LIMITS) -> DocumentRefused:
    with pytest.raises(DocumentRefused) as refused:
        read(data, wanted, limits)
    assert refused.value.message.startswith("Expected ")
    return refused.value


def test_a_word_document_is_read_as_it_is_shown() -> None:
    found = read(word())
    first, second = found.pages
    assert first == (
        "Made Up Ltd\nOffer 4711\nDear Ada,\tsee our terms\nsecond line\ninserted\nin a content control\nwith a note\n\n"
        "in a text box\nItem\tPrice\nChair\t120.50\nDesk\tleft\tright 340.00"
    )
    assert second == "on the second page\nthe small print\nBank 12 34"
    (table,) = found.tables
    assert (table.page, table.rows) == (1, (*PRICES, ("Desk", "left\tright\n340.00")))


def test_a_table_stands_on_its_page_of_a_word_document_and_joined_cells_keep_its_columns() -> None:
    joined = "<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val='2'/></w:tcPr>" + paragraph("both") + "</w:tc>"
    joined += "<w:tc>" + paragraph("c") + "</w:tc></w:tr></w:tbl>"
    found = read(word(word_table(PRICES) + PAGE_BREAK + joined))
    assert [(table.page, table.rows) for table in found.tables] == [(1, PRICES), (2, (("both", "", "c"),))]


def test_each_slide_is_a_page_with_its_notes() -> None:
    found = read(
        slides(
            shape("Plan 2026", "title") + shape("first point\nsecond point"),
            shape("Costs", "title") + slide_table(PRICES),
            notes="say this aloud",
        )
    )
    assert found.pages == (
        "Plan 2026\nfirst point\nsecond point",
        "Costs\nItem\tPrice\nChair\t120.50\n\nsay this aloud",
    )
    assert [(table.page, table.rows) for table in found.tables] == [(2, PRICES)]


def test_each_sheet_is_a_page_and_a_table_of_its_name() -> None:
    found = read(
        sheets(Costs=sheet_row(1, "Item", "Price") + sheet_row(2, "Chair", 120.5), Empty="", More=sheet_row(1, True))
    )
    assert found.pages == ("Item\tPrice\nChair\t120.5", "", "TRUE")
    assert [(table.page, table.name, table.rows) for table in found.tables] == [
        (1, "Costs", (("Item", "Price"), ("Chair", "120.5"))),
        (3, "More", (("TRUE",),)),
    ]


def test_a_sheet_with_one_far_cell_is_read_without_all_that_lies_between() -> None:
    far = '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>far</t></is></c></row>'
    assert "far" in read(sheets(A=sheet_row(1, "near") + far)).text


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<p>One<br>two <b>bold</b></p><p>three", "One\ntwo bold\n\nthree"),
        ("<h1>A &amp; B</h1>text", "A & B\n\ntext"),
        ("<ul><li>a<li>b</ul>", "a\nb"),
        ("<div>a<script>no</script><p hidden>no</p><p style='display: none'>no</p></div>b", "a\nb"),
        ("<table><tr><td>a<td>b<tr><td>c</table>", "a\tb\nc"),
        ("<pre>a  b\nc</pre>", "a  b\nc"),
        ("<p> a \n b </p>", "a b"),
    ],
)
def test_html_is_read_as_it_is_shown(html: str, shown: str) -> None:
    assert read(f"<html><body>{html}</body></html>".encode()).text == shown


@pytest.mark.parametrize(
    "data",
    [
        "<meta charset='iso-8859-1'><p>Grüße".encode("latin-1"),
        "<html><p>Grüße".encode("utf-16"),
        "<html><p>Grüße".encode(),
        "<html><p>Grüße".encode("cp1252"),
    ],
    ids=["said", "byte order mark", "UTF-8", "none of these"],
)
def test_html_is_read_in_its_encoding(data: bytes) -> None:
    assert read(data).text == "Grüße"


def test_the_innermost_tables_of_html_are_tables() -> None:
    inner = "<table><tr><th>Item<th>Price<tr><td>Chair<td>120.50</table>"
    (table,) = read(f"<html><table><tr><td>menu<td>{inner}</table>".encode()).tables
    assert table.rows == PRICES


def test_an_e_mail_is_read_with_its_headers_and_attachments() -> None:
    message = mail("Dear Bob,\nsee below.", offer_docx=("application/msword", word(paragraph("the offer"))))
    inner = mail("the first letter")
    message.add_attachment(inner)
    found = read(message.as_bytes())
    assert found.pages[0] == (
        "From: Ada <ada@example.com>\nTo: bob@example.com\nDate: Wed, 04 Mar 2026 05:06:07 +0000\n"
        "Subject: Grüße — the offer\n\nDear Bob,\nsee below."
    )
    assert found.pages[1].split("\n")[1] == "the offer"
    assert found.pages[2].endswith("the first letter")
    assert [(one.name, one.first_page, one.pages) for one in found.attachments] == [
        ("offer.docx", 2, 1),
        ("message/rfc822", 3, 1),
    ]


def test_an_e_mail_of_html_alone_is_read_with_its_tables() -> None:
    message = mail("")
    message.set_content("<table><tr><td>Item<td>Price<tr><td>Chair<td>120.50</table>", subtype="html")
    found = read(message.as_bytes())
    assert found.text.endswith("\n\nItem\tPrice\nChair\t120.50")
    assert found.tables[0].rows == PRICES


def test_e_mails_inside_e_mails_have_a_limit() -> None:
    message = mail("innermost")
    for _ in range(USUAL_LIMITS.levels + 1):
        outer = mail("outer")
        outer.add_attachment(message)
        message = outer
    found = read(message.as_bytes())
    assert "innermost" not in found.text


def test_plain_text_is_read_as_it_is() -> None:
    assert read("Grüße\r\n\fsecond".encode()).pages == ("Grüße\n", "second")


def pixels_of(*texts: tuple[float, float, str]) -> tuple[bytes, int, int]:
    """A page of text as shades of grey."""
    document = pdfium.PdfDocument(text_page(*texts, size=14))
    bitmap = document[0].render(scale=200 / 72, grayscale=True)
    rows = memoryview(bitmap.buffer).cast("B")
    pixels = b"".join(rows[line * bitmap.stride :][: bitmap.width] for line in range(bitmap.height))
    size = bitmap.width, bitmap.height
    document.close()
    return pixels, *size


def png(pixels: bytes, width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = b"".join(b"\0" + pixels[line * width :][:width] for line in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def turned(pixels: bytes, width: int, height: int) -> tuple[bytes, int, int]:
    """The same, turned by a quarter."""
    columns = [pixels[column::width][::-1] for column in range(width)]
    return b"".join(columns), height, width


SCANNED = pixels_of((72, 700, "Invoice 4711"), (72, 660, "Total due"), (400, 660, "12.30"), (72, 620, "Thank you"))
SHOWN = [["Invoice 4711"], ["Total due", "12.30"], ["Thank you"]]


def lines(text: str) -> list[list[str]]:
    return [[part.strip() for part in line.split("  ") if part.strip()] for line in text.split("\n") if line.strip()]


@needs_tesseract
@pytest.mark.parametrize(
    "data",
    [png(*SCANNED), png(*turned(*SCANNED)), scanned_page(*SCANNED)],
    ids=["picture", "picture turned by a quarter", "PDF"],
)
def test_a_scan_is_read_line_by_line(data: bytes) -> None:
    found = read(data, Wanted())
    assert lines(found.text) == SHOWN
    assert found.scanned == (1,)


def test_a_scan_is_not_read_where_ocr_is_never_wanted() -> None:
    assert refusal(png(*SCANNED)).code == "NO_TEXT"
    assert refusal(scanned_page(*SCANNED)).code == "NO_TEXT"


def test_a_page_with_text_needs_no_ocr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert read(text_page((72, 700, "Total")), Wanted()).text == "Total"


def test_where_tesseract_is_not_installed_a_sentence_says_how_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    refused = refusal(png(*SCANNED), Wanted())
    assert (refused.code, refused.message) == (
        "OCR_NOT_INSTALLED",
        (
            "Expected tesseract to read the text of pictures, but it is not installed: "
            "install it where runners run (Debian: apt-get install tesseract-ocr)."
        ),
    )


@needs_tesseract
def test_a_language_that_is_not_installed_is_named() -> None:
    refused = refusal(png(*SCANNED), Wanted(languages=("eng", "tlh")))
    assert refused.code == "OCR_LANGUAGE_MISSING"
    assert "Expected tesseract to know tlh" in refused.message


@needs_tesseract
def test_a_picture_that_is_none_is_refused() -> None:
    assert refusal(png(*SCANNED)[:60], Wanted()).code == "OCR_FAILED"


@needs_tesseract
def test_ocr_takes_no_more_pages_than_allowed() -> None:
    assert refusal(scanned_page(*SCANNED), Wanted(), Limits(scanned_pages=0)).code == "TOO_LARGE"


OLE = bytes.fromhex("d0cf11e0a1b11ae1")


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "DOCUMENT_BROKEN"),
        (word()[:400], "DOCUMENT_BROKEN"),
        (word(body="<w:p><w:r>"), "DOCUMENT_BROKEN"),
        (word(**{"word/header1.xml": '<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'}), "DOCUMENT_BROKEN"),
        (OLE + bytes(500) + "EncryptedPackage".encode("utf-16-le"), "DOCUMENT_ENCRYPTED"),
        (OLE + bytes(500), "KIND_UNSUPPORTED"),
        (OLE + bytes(500) + "__substg1.0_".encode("utf-16-le"), "KIND_UNSUPPORTED"),
        (b"PK\x03\x04", "DOCUMENT_BROKEN"),
        (b"\x7fELF\x00\x01", "KIND_UNSUPPORTED"),
        (b"\x00\x01\x02", "KIND_UNSUPPORTED"),
        (word(body=""), None),
        (sheets(Empty=""), "NO_TEXT"),
        (slides(""), "NO_TEXT"),
        (b"<html><body></body></html>", "NO_TEXT"),
        (b" \n ", "NO_TEXT"),
    ],
    ids=[
        "empty",
        "cut off",
        "XML that does not end",
        "entities",
        "encrypted Office",
        "old Office",
        "an e-mail of Outlook",
        "nothing but a signature",
        "a program",
        "bytes",
        "an empty body",
        "an empty sheet",
        "an empty slide",
        "an empty page",
        "spaces",
    ],
)
def test_what_cannot_be_read_is_refused_with_its_code(data: bytes, code: str | None) -> None:
    if code is None:  # Its header and footer are text.
        assert read(data).pages == ("Made Up Ltd\nthe small print\nBank 12 34",)
        return
    assert refusal(data).code == code


@pytest.mark.parametrize(
    ("data", "limits"),
    [
        (word(), Limits(file_bytes=100)),
        (word(), Limits(parts=2)),
        (packed({"word/document.xml": b"<a>" + b" " * 4_000_000}), Limits(unpacked_bytes=2_000_000)),
        (word(), Limits(pages=1)),
        (word(), Limits(text_characters=20)),
        (word(), Limits(table_cells=3)),
        (slides(shape("a"), shape("b")), Limits(pages=1)),
        (b"a\fb", Limits(pages=1)),
    ],
    ids=["bytes", "parts", "a bomb", "pages", "text", "cells", "slides", "form feeds"],
)
def test_each_limit_refuses_what_is_larger(data: bytes, limits: Limits) -> None:
    assert refusal(data, limits=limits).code == "TOO_LARGE"


@pytest.mark.parametrize(
    "data",
    [
        sheets(A="".join(sheet_row(number, "a") for number in range(1, 10_002))),
        word("<w:tbl><w:tr><w:tc>" * 200 + paragraph("deep") + "</w:tc></w:tr></w:tbl>" * 200),
        b"From: a\nTo: b\n" + b"\n--x\n" * 20_001,
        b"From: a\nTo: " + b"a" * 500_001 + b"\n\nhi",
        b"From: a\nTo: b\nContent-Type: text/plain" + b"; a=b" * 50_000 + b"\n\nhi",
        b"From: a\nTo: b\nContent-Disposition: attachment" + b";\r\n a*0=b" * 5_000 + b"\n\nhi",
        b"From: a\nTo: b\ncontent-transfer-encoding : " + b"a;" * 50_000 + b"\n\nhi",
    ],
    ids=[
        "rows of a sheet",
        "tables in tables",
        "parts of an e-mail",
        "a header",
        "a type",
        "a disposition",
        "an encoding",
    ],
)
def test_nothing_is_left_out_in_silence_what_is_too_much_is_refused(data: bytes) -> None:
    assert refusal(data).code == "TOO_LARGE"


def test_the_addresses_of_a_long_list_are_read_soon() -> None:
    to = b", ".join(b"Ada <ada%d@example.com>" % number for number in range(5_000))
    assert "ada4999@example.com" in read(b"From: a\nTo: " + to + b"\n\nhi").text


def test_the_lines_of_an_invoice_are_a_table_and_so_are_its_sums() -> None:
    invoice = ROOT / "examples" / "invoice_approval" / "invoices" / "paper_and_ink.pdf"
    _, lines_, sums = (table.rows for table in read(invoice.read_bytes()).tables)
    assert lines_ == (
        ("Description", "Quantity", "Amount"),
        ("Copy paper A4, box", "6", "£ 96.00"),
        ("Ink cartridge, black", "3", "£ 63.00"),
        ("Delivery", "1", "£ 8.50"),
    )
    assert sums == (("Subtotal", "£ 167.50"), ("VAT 20%", "£ 33.50"), ("Total", "£ 201.00"))


def test_a_file_is_what_its_content_is_and_not_what_it_is_called() -> None:
    called = Wanted(name="a.pdf", media_type="application/pdf", ocr="never")
    assert read(word(), called).media_type.endswith("wordprocessingml.document")


def test_an_e_mail_in_a_codec_that_decodes_nothing_is_read_or_refused() -> None:
    head = b"From: a\nTo: b\nContent-Type: "
    assert read(head + b"text/plain; charset=undefined\n\nhi").text.endswith("hi")
    attached = b"multipart/mixed; boundary=x\n\n--x\nContent-Type: text/plain\nContent-Disposition: attachment;"
    assert refusal(head + attached + b" filename*=undefined''a\n\nhi\n--x--\n").code == "DOCUMENT_BROKEN"
