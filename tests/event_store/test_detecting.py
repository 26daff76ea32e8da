"""What content is: by its first bytes, whatever name and type it comes with."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator

import pytest

from event_store.blobs.detecting import HEAD_BYTES, UNKNOWN, Head, Told, detect, judge

OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = f"{OFFICE}wordprocessingml.document"
XLSX = f"{OFFICE}spreadsheetml.sheet"
PPTX = f"{OFFICE}presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(*names: str, first: tuple[str, str] | None = None) -> bytes:
    """A zip file of these entries."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        if first is not None:
            archive.writestr(zipfile.ZipInfo(first[0]), first[1], zipfile.ZIP_STORED)
        for name in names:
            archive.writestr(name, "<x/>")
    return content.getvalue()


SHOWN: dict[str, tuple[bytes, str | None]] = {
    "pdf": (b"%PDF-1.7\n", "application/pdf"),
    "pdf after other bytes": (b"\n" * 1_000 + b"%PDF-1.7\n", "application/pdf"),
    "png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png"),
    "jpeg": (b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(50), "image/jpeg"),
    "gif": (b"GIF89a" + bytes(50), "image/gif"),
    "webp": (b"RIFF\x24\0\0\0WEBPVP8 " + bytes(50), "image/webp"),
    "tiff": (b"II*\0\x08\0\0\0" + bytes(50), "image/tiff"),
    "docx": (zipped("[Content_Types].xml", "_rels/.rels", "word/document.xml"), DOCX),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), XLSX),
    "xlsx that begins with another entry": (zipped("theme/a.xml", "xl/workbook.xml"), XLSX),
    "pptx": (zipped("[Content_Types].xml", "ppt/presentation.xml"), PPTX),
    "odt": (zipped("content.xml", first=("mimetype", ODT)), ODT),
    "zip": (zipped("a.txt"), "application/zip"),
    "parquet": (b"PAR1" + bytes(50), "application/vnd.apache.parquet"),
    "old office": (OLE, "application/x-ole-storage"),
    "program": (b"MZ\x90\0\x03\0\0\0" + bytes(100), "application/x-msdownload"),
    "program of linux": (b"\x7fELF\x02\x01\x01" + bytes(100), "application/x-executable"),
    "text": (b"Hello, world.\n", None),
    "text that begins like a picture": (b"BM,amount\n1,2\n", None),
    "text that begins like a program": (b"MZ,amount\n1,2\n", None),
    "json": (b'{"a": 1}', None),
    "any bytes": (bytes(range(256)) * 4, None),
}


@pytest.mark.parametrize("name", SHOWN)
def test_content_shows_what_it_is(name: str) -> None:
    content, media_type = SHOWN[name]
    assert detect(content) == media_type


@pytest.mark.parametrize(
    ("said", "content", "told"),
    [
        (
            "application/pdf",
            b"MZ\x90\0\x03\0" + bytes(99),
            Told("application/x-msdownload", "application/x-msdownload"),
        ),
        ("text/csv", b"%PDF-1.7", Told("application/pdf", "application/pdf")),
        ("application/pdf", b"no pdf", Told(UNKNOWN, None)),
        ("image/png", b"no picture", Told(UNKNOWN, None)),
        (DOCX, zipped("a.txt"), Told("application/zip", "application/zip")),
        ("text/csv", b"a,\0b\n", Told(UNKNOWN, None)),
        ("application/json", bytes(100), Told(UNKNOWN, None)),
    ],
)
def test_what_was_said_does_not_count_against_the_content(said: str, content: bytes, told: Told) -> None:
    assert judge(said, content) == told


@pytest.mark.parametrize(
    ("said", "content", "detected"),
    [
        ("text/csv", "Straße;Größe\n".encode("latin-1"), None),
        ("text/csv", "a;b\n".encode("utf-16"), None),
        ("application/json", b"{}", None),
        ("image/svg+xml", b"<svg/>", None),
        ("application/x-own", b"\0\1\2", None),
        ("application/vnd.google-earth.kmz", zipped("doc.kml"), "application/zip"),
        ("application/msword", OLE, "application/x-ole-storage"),
        ("application/vnd.ms-excel", OLE, "application/x-ole-storage"),
    ],
)
def test_what_was_said_counts_where_the_content_does_not_speak_against_it(
    said: str, content: bytes, detected: str | None
) -> None:
    assert judge(said, content) == Told(said, detected)


def test_of_no_content_only_what_was_said_is_known() -> None:
    assert judge("application/pdf", b"") == Told("application/pdf", None)


@pytest.mark.anyio
async def test_the_head_is_kept_and_everything_passed_on() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for number in range(100):
            yield bytes([number]) * 1_000

    head = Head(pieces())
    passed = b"".join([piece async for piece in head])
    assert len(passed) == 100_000
    assert head.bytes == passed[:HEAD_BYTES]
