"""Reads a picture of text by OCR; a TIFF may hold several pages."""

from __future__ import annotations

from runner.actions.extract_text.found import OCR_NEEDED, DocumentRefused, Found, Gathering, Limits, Wanted
from runner.actions.extract_text.tesseract import read_picture_text


def read_picture(data: bytes, media_type: str, wanted: Wanted, limits: Limits) -> Found:
    """The text of the picture, page by page."""
    if wanted.ocr == "never":
        message = "Expected a document with text, but it is a picture, and `ocr` of the task is `never`."
        raise DocumentRefused("NO_TEXT", message)
    if wanted.ocr == "ask":
        raise DocumentRefused(OCR_NEEDED, "Expected to read the document without OCR, but it is a picture.")
    gathering = Gathering(limits)
    for text in read_picture_text(data, wanted.languages):
        gathering.scanned.append(gathering.add_page(text))
    return gathering.found(media_type)
