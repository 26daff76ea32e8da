"""Text of a PDF, line by visual line, within limits."""

from dataclasses import dataclass

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from runner.actions.pdf_glyphs import glyphs_by_direction, shown_page
from runner.actions.text_lines import lines_of

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PdfLimits:
    """How much of a PDF is read before it is refused as too large."""

    file_bytes: int = 50 * MEBIBYTE
    pages: int = 500
    text_characters: int = 2_000_000


USUAL_LIMITS = PdfLimits()


@dataclass(frozen=True, slots=True)
class PdfText:
    """The text of each page; on a page, what stands on one visual line stands on one line of the text."""

    pages: tuple[str, ...]

    @property
    def text(self) -> str:
        """All pages, parted by a form feed on a line of its own as `pdftotext` does."""
        return "\n\f\n".join(self.pages)


class PdfRefused(Exception):
    """A PDF that gives no text: the code is stable, the message says what was expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_pdf(data: bytes, limits: PdfLimits = USUAL_LIMITS) -> PdfText:
    """Read every page, or refuse with PDF_BROKEN, PDF_ENCRYPTED, TOO_LARGE or NO_TEXT."""
    if len(data) > limits.file_bytes:
        raise PdfRefused("TOO_LARGE", f"Expected a PDF of at most {limits.file_bytes} bytes, but it has {len(data)}.")
    document = open_pdf(data)
    try:
        return _read_pages(document, limits)
    finally:
        document.close()


def open_pdf(data: bytes) -> pdfium.PdfDocument:
    """The opened document; one that needs a password or cannot be parsed is refused."""
    if not data:
        raise PdfRefused("PDF_BROKEN", "Expected a PDF, but the file is empty.")
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise PdfRefused(
                "PDF_ENCRYPTED", "Expected a PDF that opens without a password, but it is encrypted."
            ) from error
        raise PdfRefused("PDF_BROKEN", "Expected a PDF, but the file cannot be parsed as one.") from error
    if document.get_formtype() != raw.FORMTYPE_NONE:
        document.init_forms()
    return document


def _read_pages(document: pdfium.PdfDocument, limits: PdfLimits) -> PdfText:
    count = len(document)
    if count > limits.pages:
        raise PdfRefused("TOO_LARGE", f"Expected a PDF of at most {limits.pages} pages, but it has {count}.")
    pages: list[str] = []
    characters = 0
    for index in range(count):
        pages.append(read_page(document, index, limits.text_characters))
        characters += len(pages[-1])
        if characters > limits.text_characters:
            raise _too_much_text(limits.text_characters)
    if not any(text.strip() for text in pages):
        raise PdfRefused("NO_TEXT", "Expected a PDF with text, but its pages hold none; they may be scanned pictures.")
    return PdfText(tuple(pages))


def read_page(document: pdfium.PdfDocument, index: int, characters_max: int) -> str:
    """The lines of one page; other directions of writing follow the main one as blocks of their own."""
    try:
        page = shown_page(document, index)
    except pdfium.PdfiumError as error:
        raise PdfRefused("PDF_BROKEN", f"Expected page {index + 1} to be readable, but it cannot be parsed.") from error
    try:
        textpage = page.get_textpage()
        try:
            if textpage.count_chars() > characters_max:
                raise _too_much_text(characters_max)
            blocks = [lines_of(glyphs) for glyphs in glyphs_by_direction(page, textpage)]
        finally:
            textpage.close()
    finally:
        page.close()
    return "\n\n".join("\n".join(lines) for lines in blocks)


def _too_much_text(characters_max: int) -> PdfRefused:
    return PdfRefused("TOO_LARGE", f"Expected a PDF of at most {characters_max} characters of text, but it has more.")
