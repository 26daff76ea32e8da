"""PDFs written by hand, whole and broken, for the tests of text extraction."""

import hashlib
import zlib
from collections.abc import Sequence

PASSWORD_PADDING = bytes.fromhex("28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a")
DOCUMENT_ID = b"0123456789abcdef"
CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>"
TWO_TEXTS = b"BT /F1 12 Tf %s Tm (Total due) Tj 300 0 Td (12.30 EUR) Tj ET"


def pdf_of(objects: Sequence[bytes], trailer: bytes = b"") -> bytes:
    """A file of these objects, the first its catalog."""
    pdf, places = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    tail = b"trailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, trailer, len(pdf))
    return pdf + head + table + tail


def stream_of(content: bytes) -> bytes:
    """A compressed stream."""
    packed = zlib.compress(content)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed)


def page_of(content: bytes, *, pages: int = 1, rotate: int = 0, more: bytes = b"") -> bytes:
    """A file with one page of this content, or the same page several times."""
    kids = b" ".join([b"3 0 R"] * pages)
    page = b"<</Type/Page/Parent 2 0 R/Rotate %d/MediaBox[0 0 595 842]%s" % (rotate, more)
    return pdf_of(
        [
            CATALOG,
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, pages),
            page + b"/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
            FONT,
            stream_of(content),
        ]
    )


def text_page(*texts: tuple[float, float, str], size: float = 12) -> bytes:
    """A file with these texts at their places, in this order."""
    drawn = [
        b"BT /F1 %.1f Tf %.2f %.2f Td (%s) Tj ET"
        % (size, x, y, text.encode("cp1252").replace(b"(", b"\\(").replace(b")", b"\\)"))
        for x, y, text in texts
    ]
    return page_of(b"\n".join(drawn))


def scanned_page(pixels: bytes, width: int, height: int) -> bytes:
    """A file whose one page is a picture of these shades of grey."""
    packed = zlib.compress(pixels)
    picture = b"<</Type/XObject/Subtype/Image/Width %d/Height %d/ColorSpace/DeviceGray/BitsPerComponent 8" % (
        width,
        height,
    )
    picture += b"/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed)
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</XObject<</I 4 0 R>>>>/Contents 5 0 R>>"
    pages = b"<</Type/Pages/Kids[3 0 R]/Count 1>>"
    return pdf_of([CATALOG, pages, page, picture, stream_of(b"q 595 0 0 842 0 0 cm /I Do Q")])


def locked_page(content: bytes, password: bytes) -> bytes:
    """A file encrypted by the standard handler with a 40-bit key, opened by this password."""
    owner, permissions = bytes(range(32)), -4
    padded = (password + PASSWORD_PADDING)[:32]
    secret = hashlib.md5(padded + owner + permissions.to_bytes(4, "little", signed=True) + DOCUMENT_ID)  # noqa: S324 As the format has it.
    key = secret.digest()[:5]
    object_key = hashlib.md5(key + bytes([5, 0, 0, 0, 0])).digest()[:10]  # noqa: S324 As the format has it.
    sealed = rc4(object_key, content)
    lock = b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P %d>>" % (
        owner.hex().encode(),
        rc4(key, PASSWORD_PADDING).hex().encode(),
        permissions,
    )
    return pdf_of(
        [
            CATALOG,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>",
            FONT,
            b"<</Length %d>>stream\n%s\nendstream" % (len(sealed), sealed),
            lock,
        ],
        b"/Encrypt 6 0 R/ID[<%s><%s>]" % (DOCUMENT_ID.hex().encode(), DOCUMENT_ID.hex().encode()),
    )


def rc4(key: bytes, data: bytes) -> bytes:
    """The cipher of old PDFs."""
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    result = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        result.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(result)
