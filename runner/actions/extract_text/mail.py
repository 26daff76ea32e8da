"""Reads an e-mail: its headers and body, then what is attached, each as pages of its own."""

from __future__ import annotations

import contextlib
import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import EmailMessage
from itertools import islice

from runner.actions.extract_text.found import (
    OCR_NEEDED,
    Attachment,
    DocumentRefused,
    Found,
    Gathering,
    Limits,
    Wanted,
    broken,
    plain,
    tidy,
    too_large,
)
from runner.actions.extract_text.recognise import HTML, MAIL
from runner.text_encodings import encoding_of

HEADERS = ("From", "To", "Cc", "Date", "Subject")
PARTS_MAX = 1_000
BOUNDARIES_MAX = 20_000  # Lines that begin with two dashes: what the library takes over them grows with their square.
HEADER_CHARACTERS_MAX = 500_000
CONTENT_HEADER_BYTES_MAX = 10_000  # What the library takes over their parameters grows with their square too.
_CONTENT_HEADER = re.compile(
    rb"^content-[a-z-]+[ \t]*:[^\r\n]*(?:(?:\r\n?|\n)[ \t][^\r\n]*)*", re.IGNORECASE | re.MULTILINE
)
NAME_CHARACTERS_MAX = 255


def read_mail(data: bytes, wanted: Wanted, limits: Limits) -> Found:
    """The e-mail as its first page, its attachments as those that follow; one that cannot be read says why in `problem`."""
    if data.count(b"\n--") > BOUNDARIES_MAX:
        raise too_large(f"at most {PARTS_MAX} parts", "it has more")
    if any(len(header[0]) > CONTENT_HEADER_BYTES_MAX for header in _CONTENT_HEADER.finditer(data)):
        raise too_large(f"headers of content of at most {CONTENT_HEADER_BYTES_MAX} bytes", "it has a longer one")
    try:
        message = email.message_from_bytes(data, policy=email.policy.default)
        if not message.keys():
            raise broken("an e-mail", "it has no headers")
        return _of_message(message, wanted, limits)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, HeaderParseError) as error:
        # What the library raises over headers that are wrong: of unknown codecs, of parameters without an end …
        raise broken("an e-mail", "it is damaged") from error


def _of_message(message: EmailMessage, wanted: Wanted, limits: Limits) -> Found:
    gathering = Gathering(limits)
    body, attached = _parted(message)
    shown = [f"{name}: {text}" for name in HEADERS if (text := _header(message, name))]
    text, tables = _body(body, wanted, limits)
    first = gathering.add_page("\n".join(shown) + "\n\n" + text)
    for table in tables:
        gathering.add_table(first, table)
    attachments = tuple(_attachment(part, gathering, wanted, limits) for part in attached)
    return gathering.found(MAIL, attachments)


def _header(message: EmailMessage, name: str) -> str:
    # Not as the library's policy has it: that takes minutes over some thousand addresses.
    raw = next((value for key, value in message.raw_items() if key.lower() == name.lower()), "")
    if len(raw) > HEADER_CHARACTERS_MAX:
        raise too_large(f"headers of at most {HEADER_CHARACTERS_MAX} characters", "it has a longer one")
    with contextlib.suppress(ValueError, LookupError, HeaderParseError):
        raw = str(make_header(decode_header(raw)))
    return " ".join(plain(str(raw)).split())


def _parted(message: EmailMessage) -> tuple[EmailMessage | None, list[EmailMessage]]:
    leaves = list(islice(_leaves(message), PARTS_MAX + 1))
    if len(leaves) > PARTS_MAX:
        raise too_large(f"at most {PARTS_MAX} parts", "it has more")
    body = message.get_body(("plain", "html"))
    found: EmailMessage | None = body if isinstance(body, EmailMessage) else None
    attached = []
    for part in leaves:
        alternative = part.get_content_maintype() == "text" and not part.is_attachment() and not part.get_filename()
        if part is not found and not alternative:
            attached.append(part)
    return found, attached


def _leaves(message: EmailMessage) -> Iterator[EmailMessage]:
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if part.get_content_maintype() == "multipart":
            waiting += [one for one in reversed(list(part.iter_parts())) if isinstance(one, EmailMessage)]
        else:
            yield part


def _body(body: EmailMessage | None, wanted: Wanted, limits: Limits) -> tuple[str, list[list[list[str]]]]:
    if body is None:
        return "", []
    content = _content(body)
    if body.get_content_type() != HTML:
        charset = body.get_content_charset("utf-8")
        return tidy(content.decode(encoding_of(charset), "replace")), []
    from runner.actions.extract_text.web_page import read_html  # noqa: PLC0415 - only where one has an HTML body

    try:
        found = read_html(content, wanted, limits, body.get_content_charset())
    except DocumentRefused as refused:
        if refused.code != "NO_TEXT":
            raise
        return "", []
    return found.text, [[list(row) for row in table.rows] for table in found.tables]


def _content(part: EmailMessage) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


def _attachment(part: EmailMessage, gathering: Gathering, wanted: Wanted, limits: Limits) -> Attachment:
    from runner.actions.extract_text.reading import read_document  # noqa: PLC0415 - which knows this module

    media_type = part.get_content_type()
    name = plain(part.get_filename() or "")[:NAME_CHARACTERS_MAX] or media_type
    within = replace(limits, levels=limits.levels - 1)
    try:
        if media_type == MAIL:
            if limits.levels <= 0:
                raise too_large("e-mails attached to e-mails on few levels", "it has more")
            (inner,) = (one for one in part.iter_parts() if isinstance(one, EmailMessage))
            found = _of_message(inner, replace(wanted, name=name), within)
        else:
            asked = replace(wanted, name=name, media_type=media_type)
            found = read_document(_content(part), asked, within)
    except DocumentRefused as refused:
        if refused.code == OCR_NEEDED:
            raise
        return Attachment(name, media_type, problem=f"{refused.code}: {refused.message}")
    return Attachment(name, media_type, gathering.add(found), len(found.pages))
