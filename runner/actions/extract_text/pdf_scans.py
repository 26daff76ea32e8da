"""Pages of a PDF that hold pictures of text: told apart, and drawn for the program that reads them."""

from __future__ import annotations

import pypdfium2 as pdfium  # type: ignore[import-untyped]
from pypdfium2 import raw

DOTS_AN_INCH = 300
POINTS_AN_INCH = 72
PAGE_DOTS_MAX = 30_000_000
"""Larger pages are drawn in less detail."""
OUTLINES_MIN = 50
"""So many drawn shapes on a page without text may be letters."""
OBJECTS_LOOKED_AT_MAX = 10_000


def is_scan(page: pdfium.PdfPage) -> bool:
    """Whether a page without text holds what may be a picture of some."""
    outlines = 0
    for number, each in enumerate(page.get_objects(max_depth=3)):
        if each.type == raw.FPDF_PAGEOBJ_IMAGE:
            return True
        outlines += each.type == raw.FPDF_PAGEOBJ_PATH
        if outlines >= OUTLINES_MIN or number >= OBJECTS_LOOKED_AT_MAX:
            return True
    return False


def picture_of(page: pdfium.PdfPage) -> bytes:
    """The page in shades of grey, as a PGM file."""
    width, height = page.get_size()
    scale = DOTS_AN_INCH / POINTS_AN_INCH
    if width * height * scale * scale > PAGE_DOTS_MAX:
        scale = (PAGE_DOTS_MAX / (width * height)) ** 0.5
    bitmap = page.render(scale=scale, grayscale=True)
    try:
        rows = memoryview(bitmap.buffer).cast("B")
        lines = [rows[line * bitmap.stride :][: bitmap.width] for line in range(bitmap.height)]
        return b"P5 %d %d 255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
    finally:
        bitmap.close()
