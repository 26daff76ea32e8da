"""What kind of document a content is: told by its signature and its parts, never by the name of the file."""

from __future__ import annotations

import re

from runner.actions.extract_text.found import DocumentRefused, encrypted

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
HTML = "text/html"
MAIL = "message/rfc822"
TEXT = "text/plain"
ZIP = "application/zip"
SIGNATURE_BYTES_MAX = 1024  # A PDF may begin with other bytes; readers look this far.
MARKUP_BYTES_MAX = 4096
KINDS = "a PDF, Word, Excel, PowerPoint or HTML document, an e-mail, a picture or plain text"

_PICTURES: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"GIF8", "image/gif"),
)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
_OUTLOOK = "__substg1.0_".encode("utf-16-le")
_MARKUP = re.compile(rb"<!doctype\s+html|<(?:html|head|body|table|div|p|h[1-6]|meta|title)[\s>]", re.IGNORECASE)
_HEADER = re.compile(rb"[!-9;-~]+:[ \t]?[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*\r?\n")
_MAIL_HEADERS = frozenset(
    {b"from", b"to", b"subject", b"date", b"received", b"message-id", b"mime-version", b"return-path"}
)
MAIL_HEADERS_MIN = 2


def media_type_of(data: bytes, declared: str = "") -> str:
    """The media type of a document that can be read, or a refusal; what was declared decides between kinds of text only."""
    if not data:
        raise DocumentRefused("DOCUMENT_BROKEN", "Expected a document, but the file is empty.")
    if b"%PDF-" in data[:SIGNATURE_BYTES_MAX]:
        return PDF
    if data.startswith(b"PK\x03\x04"):
        return ZIP
    if (picture := _picture_type(data)) is not None:
        return picture
    if data.startswith(_OLE):
        raise _of_old(data)
    if declared == MAIL or _is_mail(data):
        return MAIL
    head = data[:MARKUP_BYTES_MAX].replace(b"\0", b"")  # As it looks in UTF-16 too.
    if declared == HTML or _MARKUP.search(head):
        return HTML
    if _is_text(data):
        return TEXT
    raise _unsupported("the file is of another kind")


def _picture_type(data: bytes) -> str | None:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((media_type for signature, media_type in _PICTURES if data.startswith(signature)), None)


def office_type_of(names: list[str]) -> str:
    """The media type of an Office document by its parts, or a refusal."""
    for name, media_type in (("word/", WORD), ("xl/", SHEETS), ("ppt/", SLIDES)):
        if any(part.startswith(name) for part in names):
            return media_type
    raise _unsupported("the file is a ZIP file of another kind")


def _of_old(data: bytes) -> DocumentRefused:
    if _ENCRYPTED_PACKAGE in data:
        return encrypted("an Office document")
    if _OUTLOOK in data:
        return _unsupported("it is an e-mail as Outlook keeps it (save it as .eml)")
    return _unsupported("it is of an Office before 2007 (save it as .docx, .xlsx or .pptx)")


def _unsupported(found: str) -> DocumentRefused:
    return DocumentRefused("KIND_UNSUPPORTED", f"Expected {KINDS}, but {found}.")


def _is_mail(data: bytes) -> bool:
    place, known = 0, set()
    if data.startswith(b"From "):
        place = data.find(b"\n") + 1
    while found := _HEADER.match(data, place):
        known.add(found.group().split(b":", 1)[0].lower())
        place = found.end()
        if len(known & _MAIL_HEADERS) >= MAIL_HEADERS_MIN:
            return True
    return False


def _is_text(data: bytes) -> bool:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return b"\0" not in data
