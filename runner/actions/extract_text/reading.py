"""Reads a document of any kind that is known, within limits; runs in the process that may die."""

from __future__ import annotations

from runner.actions.extract_text.found import Found, Gathering, Limits, Wanted, plain, too_large
from runner.actions.extract_text.recognise import (
    HTML,
    MAIL,
    PDF,
    TEXT,
    ZIP,
    media_type_of,
    office_type_of,
)
from runner.actions.extract_text.zipped import Parts


def read_document(data: bytes, wanted: Wanted, limits: Limits) -> Found:
    """The text of each page and the tables; refused with DOCUMENT_BROKEN, DOCUMENT_ENCRYPTED, KIND_UNSUPPORTED, TOO_LARGE, NO_TEXT and codes of OCR."""
    if len(data) > limits.file_bytes:
        raise too_large(f"at most {limits.file_bytes} bytes", f"it has {len(data)}")
    media_type = media_type_of(data, wanted.media_type)
    if media_type == ZIP:
        from runner.actions.extract_text.office import read_office  # noqa: PLC0415 - as below

        parts = Parts(data, limits)
        return read_office(data, office_type_of(parts.names), parts, wanted, limits)
    return _read(media_type, data, wanted, limits)


def _read(media_type: str, data: bytes, wanted: Wanted, limits: Limits) -> Found:
    # Each kind's library is imported when the first document of that kind comes.
    match media_type:
        case _ if media_type == PDF:
            from runner.actions.extract_text.pdf import read_pdf  # noqa: PLC0415

            return read_pdf(data, wanted, limits)
        case _ if media_type == HTML:
            from runner.actions.extract_text.web_page import read_html  # noqa: PLC0415

            return read_html(data, wanted, limits)
        case _ if media_type == MAIL:
            from runner.actions.extract_text.mail import read_mail  # noqa: PLC0415

            return read_mail(data, wanted, limits)
        case _ if media_type == TEXT:
            return _read_text(data, limits)
        case _:
            from runner.actions.extract_text.pictures import read_picture  # noqa: PLC0415

            return read_picture(data, media_type, wanted, limits)


def _read_text(data: bytes, limits: Limits) -> Found:
    wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    gathering = Gathering(limits)
    for page in data.decode("utf-16" if wide else "utf-8-sig", "replace").split("\f"):
        gathering.add_page(plain(page))
    return gathering.found(TEXT)
