"""Glyphs of a PDF page, as PDFium places them, turned upright."""

import ctypes
import math
from collections.abc import Iterator

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

from runner.actions.extract_text.text_lines import Glyph

HYPHEN_MARK = 0x02  # PDFium's stand-in for a hyphen at the end of a line.
SOFT_HYPHEN = 0xAD
REPLACEMENT = "\ufffd"
LIGATURES = {
    "\ufb00": "ff",
    "\ufb01": "fi",
    "\ufb02": "fl",
    "\ufb03": "ffi",
    "\ufb04": "ffl",
    "\ufb05": "st",
    "\ufb06": "st",
}
SHOWN_ANNOTATIONS = {raw.FPDF_ANNOT_WIDGET, raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP}
OUTSIDE_POINTS = 2.0  # A glyph further than this outside the page is not shown to anyone.


def shown_page(document: pdfium.PdfDocument, index: int) -> pdfium.PdfPage:
    """The page with what is filled into its form fields and written on it as notes."""
    page = document[index]
    count = raw.FPDFPage_GetAnnotCount(page)
    for place in range(count):
        annotation = raw.FPDFPage_GetAnnot(page, place)
        kind = raw.FPDFAnnot_GetSubtype(annotation)
        raw.FPDFPage_CloseAnnot(annotation)
        if kind in SHOWN_ANNOTATIONS:
            raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
            page.close()
            return document[index]
    return page


def glyphs_by_direction(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> list[list[Glyph]]:
    """The glyphs of each direction of writing, the direction with most glyphs first."""
    directions: list[list[Glyph]] = [[], [], [], []]
    for turns, glyph in _placed(page, textpage):
        directions[turns].append(glyph)
    return sorted((glyphs for glyphs in directions if glyphs), key=len, reverse=True)


def _placed(page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> Iterator[tuple[int, Glyph]]:
    shown = page.get_cropbox()
    handle = textpage.raw
    x, y, box = ctypes.c_double(), ctypes.c_double(), raw.FS_RECTF()
    at_x, at_y, at_box = ctypes.byref(x), ctypes.byref(y), ctypes.byref(box)
    held: tuple[int, Glyph] | None = None
    held_place = (math.inf, math.inf)
    for index, code in _code_points(handle):
        text = character(code)
        if raw.FPDFText_IsGenerated(handle, index) == 1:
            if held and text == " ":
                yield held
                yield held[0], held[1]._replace(text=" ")
                held = None
            if text != "-":
                continue
        if not raw.FPDFText_GetCharOrigin(handle, index, at_x, at_y):
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, index, at_box) or _is_outside(box, shown):
            continue
        place = (x.value, y.value)
        if held and place == held_place and _same_object(handle, index):
            # PDFium spells a ligature out as several characters at one place.
            held = held[0], held[1]._replace(text=held[1].text + text)
            continue
        if held:
            yield held
        turns = -round(raw.FPDFText_GetCharAngle(handle, index) / (math.pi / 2)) % 4
        held, held_place = (turns, _upright(turns, text, *place, box)), place
    if held:
        yield held


def _code_points(handle: raw.FPDF_TEXTPAGE) -> Iterator[tuple[int, int]]:
    high = 0
    for index in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, index)
        if 0xD800 <= code < 0xDC00:
            high = code
        elif 0xDC00 <= code < 0xE000 and high:
            yield index, 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
            high = 0
        else:
            yield index, code


def _same_object(handle: raw.FPDF_TEXTPAGE, index: int) -> bool:
    this, before = (raw.FPDFText_GetTextObject(handle, place) for place in (index, index - 1))
    return bool(this and before and ctypes.addressof(this.contents) == ctypes.addressof(before.contents))


def _is_outside(box: raw.FS_RECTF, shown: tuple[float, float, float, float]) -> bool:
    left, bottom, right, top = shown
    return bool(
        box.right < left - OUTSIDE_POINTS
        or box.left > right + OUTSIDE_POINTS
        or box.top < bottom - OUTSIDE_POINTS
        or box.bottom > top + OUTSIDE_POINTS
    )


def _upright(turns: int, text: str, x: float, y: float, box: raw.FS_RECTF) -> Glyph:
    width, height = abs(box.right - box.left), abs(box.top - box.bottom)
    match turns:
        case 0:
            return Glyph(text, box.left, box.right, -y, height)
        case 1:
            return Glyph(text, box.bottom, box.top, x, width)
        case 2:
            return Glyph(text, -box.right, -box.left, y, height)
        case _:
            return Glyph(text, -box.top, -box.bottom, -x, width)


def character(code: int) -> str:
    """The text of one code point, within what a value may hold: no control characters, no lone surrogates."""
    if code in (HYPHEN_MARK, SOFT_HYPHEN):
        return "-"
    if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code < 0xE000 or code > 0x10FFFF:
        return REPLACEMENT
    text = chr(code)
    if text.isspace() or code < 0x20 or 0x7F <= code < 0xA0:
        return " "
    return LIGATURES.get(text, text)
