"""Reading PDFs: lines as a reader sees them, and one clear refusal for each thing that is no readable PDF."""

import pytest

from runner.actions.extract_text import pdf
from runner.actions.extract_text.found import USUAL_LIMITS, DocumentRefused, Found, Limits, Wanted
from tests.runner.actions.pdf_files import CATALOG, TWO_TEXTS, locked_page, page_of, pdf_of, text_page

ONE_LINE = ["Total due", "12.30 EUR"]


def read_pdf(data: bytes, limits: Limits = USUAL_LIMITS) -> Found:
    return pdf.read_pdf(data, Wanted(ocr="never"), limits)


def words(text: str) -> list[str]:
    return [part.strip() for part in text.split("  ") if part.strip()]


def refusal(data: bytes, limits: Limits = USUAL_LIMITS) -> str:
    with pytest.raises(DocumentRefused) as refused:
        read_pdf(data, limits)
    assert refused.value.message.startswith("Expected ")
    return refused.value.code


def test_label_and_amount_of_one_visual_line_stand_on_one_line_in_whatever_order_they_were_drawn() -> None:
    read = read_pdf(text_page((400, 700, "12.30"), (400, 720, "9.00"), (72, 700, "Total"), (72, 720, "Net")))
    assert [words(line) for line in read.text.split("\n")] == [["Net", "9.00"], ["Total", "12.30"]]


def test_columns_stand_one_below_the_other() -> None:
    read = read_pdf(text_page((72, 700, "Item"), (300, 700, "Amount"), (72, 680, "Lamp"), (300, 680, "20.00")))
    first, second = read.text.split("\n")
    assert first.index("Amount") == second.index("20.00")


def test_slightly_shifted_baselines_are_one_line_and_true_lines_are_not() -> None:
    read = read_pdf(text_page((72, 700, "Total"), (300, 701.5, "5.00"), (72, 688, "Tax"), (300, 688, "1.00")))
    assert [words(line) for line in read.text.split("\n")] == [["Total", "5.00"], ["Tax", "1.00"]]


def test_text_drawn_twice_for_boldness_is_read_once() -> None:
    assert read_pdf(text_page((72, 700, "Grand total 44"), (72.4, 700, "Grand total 44"))).text == "Grand total 44"


def test_double_letters_are_not_taken_for_boldness() -> None:
    assert read_pdf(text_page((72, 700, "Bill 1000.00, illness, 11 11"))).text == "Bill 1000.00, illness, 11 11"


def test_a_great_vertical_distance_is_an_empty_line() -> None:
    assert read_pdf(text_page((72, 700, "above"), (72, 600, "below"))).text == "above\n\nbelow"


def test_text_outside_the_page_is_not_read() -> None:
    assert read_pdf(text_page((72, 700, "seen"), (72, 2000, "unseen"), (-900, 700, "unseen"))).text == "seen"


@pytest.mark.parametrize(
    ("matrix", "rotate"),
    [
        (b"1 0 0 1 72 700", 0),
        (b"0 1 -1 0 300 100", 90),
        (b"-1 0 0 -1 500 300", 180),
        (b"0 -1 1 0 300 700", 270),
        (b"0 1 -1 0 300 100", 0),
    ],
)
def test_turned_pages_and_turned_text_are_read_upright(matrix: bytes, rotate: int) -> None:
    assert words(read_pdf(page_of(TWO_TEXTS % matrix, rotate=rotate)).text) == ONE_LINE


def test_what_is_filled_into_a_form_is_read() -> None:
    look = b"<</Type/XObject/Subtype/Form/BBox[0 0 200 20]/Resources<</Font<</F1 4 0 R>>>>/Length 44>>stream\n"
    look += b"BT /F1 12 Tf 2 5 Td (filled in 77.00) Tj ET ".ljust(44) + b"\nendstream"
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(a)/V(filled in 77.00)/Rect[72 600 272 620]/F 4/AP<</N 7 0 R>>>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Annots[6 0 R]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>"
    content = b"BT /F1 12 Tf 72 700 Td (Form) Tj ET"
    stream = b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[6 0 R]>>>>"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
    read = read_pdf(pdf_of([catalog, b"<</Type/Pages/Kids[3 0 R]/Count 1>>", page, font, stream, field, look]))
    assert read.text == "Form\n\nfilled in 77.00"


def test_each_page_has_its_text_and_the_whole_has_all() -> None:
    read = read_pdf(page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=3))
    assert len(read.pages) == 3
    assert read.text == "\n\f\n".join(read.pages)


def test_a_file_locked_against_changes_only_is_read() -> None:
    assert words(read_pdf(locked_page(TWO_TEXTS % b"1 0 0 1 72 700", b"")).text) == ONE_LINE


def test_a_file_that_needs_a_password_is_refused_as_encrypted() -> None:
    assert refusal(locked_page(TWO_TEXTS % b"1 0 0 1 72 700", b"secret")) == "DOCUMENT_ENCRYPTED"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\xff" * 3000, id="no PDF"),
        pytest.param(text_page((72, 700, "cut"))[:300], id="cut off"),
        pytest.param(pdf_of([CATALOG, b"<</Type/Pages/Kids[]/Count 0>>"]), id="no pages"),
        pytest.param(pdf_of([CATALOG, b"<</Type/Pages/Kids[2 0 R]/Count 1>>"]), id="pages inside themselves"),
    ],
)
def test_what_cannot_be_parsed_is_refused_as_broken(data: bytes) -> None:
    assert refusal(data) == "DOCUMENT_BROKEN"


def test_pages_without_text_are_refused() -> None:
    assert refusal(page_of(b"0 0 100 100 re f")) == "NO_TEXT"


@pytest.mark.parametrize(
    "limits",
    [Limits(pages=2), Limits(text_characters=20)],
    ids=["pages", "text"],
)
def test_each_limit_refuses_what_is_larger(limits: Limits) -> None:
    assert refusal(page_of(TWO_TEXTS % b"1 0 0 1 72 700", pages=3), limits) == "TOO_LARGE"


LINES = (
    ("Item", "Amount", "Price"),
    ("Lamp", "2", "20.00"),
    ("Desk with drawers", "1", "340.50"),
)


def table_page(*, wrapped: bool = False) -> bytes:
    texts: list[tuple[float, float, str]] = [(72, 760, "Dear Ada, this is our offer of today.")]
    for place, line in enumerate(LINES):
        texts += [(x, 700 - 20 * place, text) for x, text in zip((72, 300, 400), line, strict=True)]
    if wrapped:
        texts.append((72, 648, "made of oak"))
    return text_page(*texts)


def test_rows_with_the_same_columns_are_a_table() -> None:
    (table,) = read_pdf(table_page()).tables
    assert (table.page, table.rows) == (1, LINES)


def test_a_line_that_goes_on_below_belongs_to_its_cell() -> None:
    (table,) = read_pdf(table_page(wrapped=True)).tables
    assert table.rows == (*LINES[:2], ("Desk with drawers\nmade of oak", "1", "340.50"))


def test_text_without_columns_and_one_row_alone_are_no_table() -> None:
    assert read_pdf(text_page((72, 700, "One line."), (72, 680, "Another."))).tables == ()
    assert read_pdf(text_page((72, 700, "Total"), (400, 700, "12.30"))).tables == ()


def test_tables_are_not_looked_for_unless_wanted() -> None:
    assert pdf.read_pdf(table_page(), Wanted(ocr="never", tables=False), USUAL_LIMITS).tables == ()
