"""Whatever values bring in, a mail has the headers and recipients that its builder gave it, and reads as it was meant."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import compat32, default
from email.utils import getaddresses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kinds.send_email import SendEmailConfiguration
from runner.actions.mail_message import Attachment, Mail, MailRefused, compose

AT = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CONFIG = SendEmailConfiguration.model_validate(
    {
        "credential": "mail",
        "inputs": [{"name": name, "type": {"type": "str"}} for name in ("text", "address")],
        "sender": "Shop <shop@example.org>",
        "to": ["ada@example.org"],
        "subject": "About {{ text }}",
        "text": "Text: {{ text }}",
        "html": "<p>{{ text }}</p>",
    }
)
NASTY = st.text() | st.from_regex(
    r"(\r\n|\n|\r|\x0b|\u2028)(Bcc|Subject|X-A): ?[a-z@.]*(\r\n\r\n|\n\n)?.*", fullmatch=True
)
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}


def made(config: SendEmailConfiguration, attachments: list[Attachment] | None = None, **values: str) -> Mail:
    return compose(config, values, attachments or [], attempt_id="job:task#1.1", at=AT)


def read(mail: Mail) -> EmailMessage:
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    return message


@given(NASTY)
def test_no_value_becomes_a_header(text: str) -> None:
    mail = made(CONFIG, text=text)
    message = read(mail)
    assert set(message.keys()) == HEADERS
    assert len(message.keys()) == len(HEADERS)
    assert [address.spec for address in mail.recipients] == ["ada@example.org"]
    assert message["To"] == "ada@example.org"
    assert mail.content.isascii()


@given(NASTY)
def test_no_value_closes_the_html_around_it(text: str) -> None:
    page = read(made(CONFIG, text=text)).get_body(("html",))
    assert page is not None
    content = page.get_content()
    assert content.count("<") == content.count(">") == 2


@given(NASTY, NASTY)
def test_an_address_is_one_or_the_mail_is_not_made(name: str, text: str) -> None:
    config = CONFIG.model_copy(update={"to": ("{{ text }} <{{ address }}>",)})
    try:
        mail = made(config, text=name, address=text)
    except MailRefused:
        return
    assert len(mail.recipients) == 1
    assert set(read(mail).keys()) == HEADERS


@pytest.mark.parametrize("field", ["sender", "to", "cc", "reply_to"])
@pytest.mark.parametrize(
    "name",
    [
        "w" * 60 + ", mallory@evil.example, " + "w" * 60,
        "w" * 60 + " <mallory@evil.example>, ".replace("<", "(").replace(">", ")") + "w" * 60,
        'a" \\" , mallory@evil.example',
        "Ärzte, mallory@evil.example, " + "é" * 100,
        "=?utf-8?q?a=2C_mallory=40evil.example=2C?=",
        "]:;@",
    ],
)
def test_no_name_becomes_an_address_beside_its_own(field: str, name: str) -> None:
    template = "{{ text }} <{{ address }}>"
    config = CONFIG.model_copy(update={field: template if field == "sender" else (template, "bob@example.org")})
    mail = made(config, text=name, address="ada@example.org")
    header = "From" if field == "sender" else field.replace("_", "-").title()
    written = message_from_bytes(mail.content, policy=compat32).get_all(header, [])
    found = getaddresses(written)
    assert [spec for _, spec in found] == ["ada@example.org", *([] if field == "sender" else ["bob@example.org"])]
    assert str(make_header(decode_header(found[0][0]))) == name.strip('"')
    assert all(len(line) < 998 for line in mail.content.split(b"\r\n"))


@given(NASTY)
def test_the_name_of_a_file_is_no_header_and_no_path(name: str) -> None:
    message = read(made(CONFIG, [Attachment(name, "text/plain", b"x")], text="x"))
    (part,) = message.iter_attachments()
    found = part.get_filename()
    assert found
    assert found.isprintable()
    assert not {"/", "\\"} & set(found)


def test_the_same_run_makes_the_same_message_id() -> None:
    assert made(CONFIG, text="a").message_id == made(CONFIG, text="b").message_id


def test_a_text_that_grows_too_long_is_refused() -> None:
    with pytest.raises(MailRefused, match="characters for text"):
        made(CONFIG.model_copy(update={"subject": "S"}), text="x" * 1_000_001)
