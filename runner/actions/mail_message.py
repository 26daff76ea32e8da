"""The message of a mail: templates rendered, addresses read, files attached, all of it as the bytes that go over the wire.

No value can become a header: addresses are read one by one, the subject is one line, names of files lose what cannot be printed, and
whatever is not ASCII is encoded.
"""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any

from domain.kinds.addresses import ONE_ADDRESS, Address, AddressRefused, read_address
from domain.kinds.send_email import (
    BODY_CHARACTERS_MAX,
    RECIPIENTS_MAX,
    SUBJECT_CHARACTERS_MAX,
    SendEmailConfiguration,
    is_list_of_addresses,
)
from domain.kinds.text_templates import TemplateTooLarge, read_template, render
from domain.values import kind_of

ADDRESS_TEMPLATE_CHARACTERS_MAX = 1_000
MESSAGE_BYTES_MAX = 25 * 1024 * 1024
"""Attachments included, before they are encoded for mail; most servers take no more."""
FILE_NAME_CHARACTERS_MAX = 200
WORD_CHARACTERS_MAX = 75
LINE_END, NEW_LINE = "\r\n", "\r\n "
ADDRESS_MISFIT = "ADDRESS_MISFIT"
RECIPIENTS_MISSING = "RECIPIENTS_MISSING"
MAIL_TOO_LARGE = "MAIL_TOO_LARGE"
SUBJECT_MISFIT = "SUBJECT_MISFIT"

_POLICY = SMTP.clone(cte_type="7bit")
"""Lines and encodings that every server can take."""


class MailRefused(Exception):
    """A mail that cannot be made of these values; the code is that of the failure."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail ready to be sent."""

    message_id: str
    sender: Address
    recipients: tuple[Address, ...]  # each once, in the order to, cc, bcc
    content: bytes


def compose(
    config: SendEmailConfiguration,
    inputs: Mapping[str, Any],
    attachments: Sequence[Attachment],
    *,
    attempt_id: str,
    at: datetime,
    usual_sender: str = "",
) -> Mail:
    """The mail; raises MailRefused. The same arguments give the same bytes but for the marks between its parts."""
    sender = _read(
        _rendered(config.sender, "sender", inputs, ADDRESS_TEMPLATE_CHARACTERS_MAX) or usual_sender, "sender"
    )
    to, cc, bcc, reply_to = (list(_addresses(config, part, inputs)) for part in ("to", "cc", "bcc", "reply_to"))
    recipients = {address.spec: address for address in (*to, *cc, *bcc)}
    if not recipients:
        raise MailRefused(RECIPIENTS_MISSING, "Expected at least one recipient, but got none.")
    if len(recipients) > RECIPIENTS_MAX:
        found = f"Expected at most {RECIPIENTS_MAX} recipients, but got {len(recipients)}."
        raise MailRefused(MAIL_TOO_LARGE, found)
    shown_to_all = {"From": [sender], "To": to, "Cc": cc, "Reply-To": reply_to}
    message = EmailMessage(policy=_POLICY)
    message["Subject"] = _subject(config, inputs)
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id = f"<{hashlib.sha256(attempt_id.encode()).hexdigest()[:40]}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"
    _write_bodies(message, config, inputs)
    for attachment in attachments:
        _attach(message, attachment)
    heads = "".join(_line(name, addresses) for name, addresses in shown_to_all.items() if addresses)
    return Mail(message_id, sender, tuple(recipients.values()), heads.encode() + message.as_bytes())


def _write_bodies(message: EmailMessage, config: SendEmailConfiguration, inputs: Mapping[str, Any]) -> None:
    text = _rendered(config.text, "text", inputs, BODY_CHARACTERS_MAX)
    if config.html is None:
        message.set_content(text)
        return
    page = _rendered(config.html, "html", inputs, BODY_CHARACTERS_MAX, html.escape)
    if text.strip():
        message.set_content(text)
        message.add_alternative(page, subtype="html")
    else:
        message.set_content(page, subtype="html")


def _attach(message: EmailMessage, attachment: Attachment) -> None:
    maintype, _, subtype = attachment.media_type.partition("/")
    if maintype in ("multipart", "message") or not subtype:
        maintype, subtype = "application", "octet-stream"
    message.add_attachment(attachment.content, maintype=maintype, subtype=subtype, filename=_file_name(attachment.name))


def _file_name(name: str) -> str:
    plain = "".join(sign for sign in name.replace("\\", "/").rpartition("/")[2] if sign.isprintable())
    return plain[:FILE_NAME_CHARACTERS_MAX].strip() or "file"


def _subject(config: SendEmailConfiguration, inputs: Mapping[str, Any]) -> str:
    # A line break in a value would begin another header; nothing but a space can stand in its place.
    rendered = _rendered(config.subject, "subject", inputs, SUBJECT_CHARACTERS_MAX)
    subject = " ".join("".join(sign if sign.isprintable() else " " for sign in rendered).split())
    if not subject:
        raise MailRefused(SUBJECT_MISFIT, "Expected a subject, but with these inputs nothing is left of it.")
    return subject


def _addresses(config: SendEmailConfiguration, part: str, inputs: Mapping[str, Any]) -> Iterator[Address]:
    for place, source in enumerate(getattr(config, part)):
        where = f"{part}[{place}]"
        if is_list_of_addresses(source, config.inputs):
            name = source.strip().removeprefix("{{").removesuffix("}}").strip()
            for index, item in enumerate(inputs.get(name) or []):
                yield _read(item, f"{where}[{index}]")
        elif rendered := _rendered(source, where, inputs, ADDRESS_TEMPLATE_CHARACTERS_MAX).strip():
            yield _read(rendered, where)


def _read(text: Any, where: str) -> Address:
    try:
        if not isinstance(text, str):
            raise AddressRefused(kind_of(text))
        return read_address(text)
    except AddressRefused as refused:
        raise MailRefused(ADDRESS_MISFIT, f"Expected {ONE_ADDRESS}, for {where}, but got {refused}.") from None


def _rendered(
    source: str, where: str, inputs: Mapping[str, Any], characters_max: int, escape: Callable[[str], str] = str
) -> str:
    try:
        return render(read_template(source), inputs, characters_max=characters_max, escape=escape)
    except TemplateTooLarge:
        found = f"Expected at most {characters_max} characters for {where}, but with these inputs it has more."
        raise MailRefused(MAIL_TOO_LARGE, found) from None


def _line(name: str, addresses: Sequence[Address]) -> str:
    """A header of addresses. It is written here, since Python 3.11 leaves out the quotes of a long name, and what stands in it is an address then."""
    return f"{name}: {f',{NEW_LINE}'.join(map(_written, addresses))}{LINE_END}"


def _written(address: Address) -> str:
    name = address.name
    if not name:
        return address.spec
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address.spec}>'
    words = Header(name, "utf-8", maxlinelen=WORD_CHARACTERS_MAX).encode(linesep=LINE_END)
    return f"{words}{NEW_LINE}<{address.spec}>"
