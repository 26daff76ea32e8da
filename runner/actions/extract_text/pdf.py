"""Text of a PDF, line by visual line, its tables, and its scanned pages by OCR, within limits."""

from __future__ import annotations

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from runner.actions.extract_text.aligned_tables import tables_of
from runner.actions.extract_text.found import (
    OCR_NEEDED,
    DocumentRefused,
    Found,
    Gathering,
    Limits,
    Wanted,
    broken,
    encrypted,
    too_large,
)
from runner.actions.extract_text.pdf_glyphs import glyphs_by_direction, shown_page
from runner.actions.extract_text.pdf_scans import is_scan, picture_of
from runner.actions.extract_text.recognise import PDF
from runner.actions.extract_text.text_lines import Word, lines_of_words, words_of


def read_pdf(data: bytes, wanted: Wanted, limits: Limits) -> Found:
    """Every page; refused with DOCUMENT_BROKEN, DOCUMENT_ENCRYPTED, TOO_LARGE, NO_TEXT, or where a page needs OCR that is not there."""
    document = open_pdf(data)
    try:
        count = len(document)
        if count > limits.pages:
            raise too_large(f"at most {limits.pages} pages", f"it has {count}")
        gathering = Gathering(limits)
        for index in range(count):
            _read_page(document, index, wanted, gathering)
        if not any(text.strip() for text in gathering.pages):
            message = "Expected a PDF with text, but its pages hold none; they may be scanned pictures."
            raise DocumentRefused("NO_TEXT", message)
        return gathering.found(PDF)
    finally:
        document.close()


def open_pdf(data: bytes) -> pdfium.PdfDocument:
    """The opened document; one that needs a password or cannot be parsed is refused."""
    if not data:
        raise broken("a PDF", "the file is empty")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise encrypted("a PDF") from error
        raise broken("a PDF", "the file cannot be parsed as one") from error
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    return document


def _read_page(document: pdfium.PdfDocument, index: int, wanted: Wanted, gathering: Gathering) -> None:
    try:
        page = shown_page(document, index)
    except pdfium.PdfiumError as error:
        raise broken(f"page {index + 1} to be readable", "it cannot be parsed") from error
    try:
        text, words = _text_of(page, gathering.limits)
        scanned = not text.strip() and wanted.ocr != "never" and is_scan(page)
        if scanned:
            text = _read_scan(page, wanted, gathering)
        number = gathering.add_page(text)
        if scanned:
            gathering.scanned.append(number)
        for table in tables_of(words) if wanted.tables else ():
            gathering.add_table(number, table)
    finally:
        page.close()


def _text_of(page: pdfium.PdfPage, limits: Limits) -> tuple[str, list[Word]]:
    """The lines of one page, other directions of writing behind the main one as blocks of their own; and the words of the main one."""
    textpage = page.get_textpage()
    try:
        if textpage.count_chars() > limits.text_characters:
            raise too_large(f"at most {limits.text_characters} characters of text", "it has more")
        blocks = [words_of(glyphs) for glyphs in glyphs_by_direction(page, textpage)]
    finally:
        textpage.close()
    return "\n\n".join("\n".join(lines_of_words(words)) for words in blocks), blocks[0] if blocks else []


def _read_scan(page: pdfium.PdfPage, wanted: Wanted, gathering: Gathering) -> str:
    from runner.actions.extract_text.tesseract import read_picture_text  # noqa: PLC0415 - only for scans

    if wanted.ocr == "ask":
        raise DocumentRefused(OCR_NEEDED, "Expected to read the document without OCR, but it has scanned pages.")
    if len(gathering.scanned) >= gathering.limits.scanned_pages:
        raise too_large(f"at most {gathering.limits.scanned_pages} scanned pages", "it has more")
    return "\n".join(read_picture_text(picture_of(page), wanted.languages))
