"""The action of mails, against a real server: what arrives, who is refused, and what is certain when something breaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from runner.actions.contract import Failed, Outcome, Succeeded
from runner.actions.mail_sending import MailOutcomeUnknown
from runner.actions.send_email import SendEmail
from runner.addresses import PrivateNetworks, parse_private_networks
from runner.credential_tests.contract import TrialTools
from runner.credential_tests.registry import TESTERS
from runner.outgoing import Outgoing
from tests.runner.actions.action_stage import GivenTools, failed, outputs, task_run, tools
from tests.runner.actions.mail_stage import HOST, PASSWORD, MailServer, Opened, mail_server
from tests.runner.actions.provoking import provokes

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 1, 1, tzinfo=UTC)
GIVEN = [{"name": "name", "type": {"type": "str"}}, {"name": "copies", "type": {"type": "array"}}]
MAIL: dict[str, Any] = {
    "credential": "mail",
    "inputs": GIVEN,
    "sender": "Billing <billing@example.org>",
    "to": ["ada@example.org"],
    "subject": "Your invoice, {{ name }}",
    "text": "Dear {{ name }},\nhere it is.",
}


@dataclass
class Sent:
    """How a mail was sent: the effects that were told of, and what is kept apart of a run."""

    values: Mapping[str, Any]
    folder: Path
    effects: list[str] = field(default_factory=list)

    async def effect(self) -> None:
        """The mail is about to be handed over."""
        self.effects.append("began")

    def tools(self, networks: PrivateNetworks | None = None) -> GivenTools:
        """What the action is given; loopback is allowed unless told otherwise."""
        allowed = parse_private_networks(f"127.0.0.0/8,[::1],{HOST}:25") if networks is None else networks
        return replace(
            tools(self.folder), credentials=Opened(self.values), effect=self.effect, outgoing=Outgoing(allowed)
        )


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[MailServer]:
    async with mail_server(tmp_path) as listening:
        yield listening


async def send(
    server: MailServer,
    folder: Path,
    inputs: Mapping[str, Any] | None = None,
    *,
    told: Sent | None = None,
    **others: Any,
) -> Outcome:
    told = told or Sent(server.values(), folder)
    given = {"name": "Ada", "copies": [], **(inputs or {})}
    return await SendEmail().perform(task_run("send_email", {**MAIL, **others}, NOW), given, told.tools())


async def test_a_mail_arrives_with_its_texts_over_starttls(server: MailServer, tmp_path: Path) -> None:
    told = Sent(server.values(), tmp_path)
    html = "<p>Dear {{ name }}</p>"
    sent = await send(
        server, tmp_path, {"name": "Ada & Müller <x>"}, told=told, html=html, cc=["Bob <bob@example.org>"]
    )
    [mail] = server.taken
    message = mail.message
    assert (mail.sender, mail.recipients) == ("billing@example.org", ["ada@example.org", "bob@example.org"])
    assert message["From"] == "Billing <billing@example.org>"
    assert (message["To"], message["Cc"]) == ("ada@example.org", "Bob <bob@example.org>")
    assert message["Subject"] == "Your invoice, Ada & Müller <x>"
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().splitlines() == ["Dear Ada & Müller <x>,", "here it is."]
    assert page.get_content().strip() == "<p>Dear Ada &amp; Müller &lt;x&gt;</p>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert outputs(sent) == {
        "message_id": message["Message-ID"],
        "recipients": ["ada@example.org", "bob@example.org"],
        "refused": [],
    }
    assert isinstance(sent, Succeeded)
    assert sent.evidence["server"] == f"{HOST}:{server.port}"
    assert told.effects == ["began"]
    assert server.logins == [True]


async def test_a_mail_arrives_over_tls_from_the_beginning(tmp_path: Path) -> None:
    async with mail_server(tmp_path, "tls") as server:
        outputs(await send(server, tmp_path))
        assert len(server.taken) == 1


async def test_the_message_id_follows_from_the_attempt(server: MailServer, tmp_path: Path) -> None:
    first, second = outputs(await send(server, tmp_path)), outputs(await send(server, tmp_path))
    assert first["message_id"] == second["message_id"]
    assert first["message_id"].endswith("@example.org>")
    run = task_run("send_email", MAIL, NOW, attempt=2)
    given = Sent(server.values(), tmp_path).tools()
    other = await SendEmail().perform(run, {"name": "Ada", "copies": []}, given)
    assert outputs(other)["message_id"] != first["message_id"]


async def test_files_are_attached_as_they_are(server: MailServer, tmp_path: Path) -> None:
    told = Sent(server.values(), tmp_path)
    stored = told.tools().files
    content = b"%PDF-1.7\n" + bytes(range(256))
    file = await stored.store("Rechnung März\r\nX: y.pdf", "application/pdf", content)
    more = await stored.store("../../etc/passwd", "message/rfc822", b"From: x\r\n\r\n")
    inputs = [{"name": "file", "type": {"type": "file"}}, {"name": "files", "type": {"type": "array_files"}}]
    declared = [*GIVEN, *inputs]
    given: dict[str, Any] = {"file": file, "files": [more, file]}
    config = {**MAIL, "inputs": declared, "attachments": ["file", "files"]}
    given |= {"name": "Ada", "copies": []}
    outputs(await SendEmail().perform(task_run("send_email", config, NOW), given, told.tools()))
    parts = list(server.taken[0].message.iter_attachments())
    assert [part.get_filename() for part in parts] == ["Rechnung MärzX: y.pdf", "passwd", "Rechnung MärzX: y.pdf"]
    assert [part.get_content_type() for part in parts] == [
        "application/pdf",
        "application/octet-stream",
        "application/pdf",
    ]
    assert parts[0].get_content() == content


async def test_a_list_of_texts_is_a_list_of_recipients_each_once(server: MailServer, tmp_path: Path) -> None:
    given = {"copies": ["bob@example.org", "Eve <eve@example.org>", "bob@example.org"]}
    sent = outputs(await send(server, tmp_path, given, bcc=["{{ copies }}"]))
    assert sent["recipients"] == ["ada@example.org", "bob@example.org", "eve@example.org"]
    assert server.taken[0].message["Bcc"] is None
    assert b"eve@example.org" not in server.taken[0].content


async def test_the_sender_may_be_that_of_the_credential(server: MailServer, tmp_path: Path) -> None:
    told = Sent(server.values(sender="Shop <shop@example.org>"), tmp_path)
    outputs(await send(server, tmp_path, told=told, sender=""))
    assert server.taken[0].message["From"] == "Shop <shop@example.org>"


INJECTION = "x\r\nBcc: eve@example.org\r\n\r\n<b>other</b>\r\n.\r\nMAIL FROM:<eve@example.org>"


async def test_no_value_becomes_a_header_or_a_command(server: MailServer, tmp_path: Path) -> None:
    outputs(await send(server, tmp_path, {"name": INJECTION}, html="{{ name }}"))
    [mail] = server.taken
    assert mail.recipients == ["ada@example.org"]
    assert set(mail.message.keys()) == {
        *("From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type")
    }
    assert mail.message["Subject"].startswith("Your invoice, x Bcc: eve@example.org")


@pytest.mark.parametrize("part", ["sender", "to", "cc", "reply_to"])
@pytest.mark.parametrize(
    "value", [INJECTION, "a@example.org, eve@example.org", "a@example.org\r\nBcc: eve@example.org"]
)
@provokes("send_email", "ADDRESS_MISFIT")
async def test_an_address_that_would_be_more_than_one_is_refused(
    server: MailServer, tmp_path: Path, part: str, value: str
) -> None:
    source: Any = "{{ name }}" if part == "sender" else ["{{ name }}"]
    refused = failed(await send(server, tmp_path, {"name": value}, **{part: source}))
    assert (refused.code, refused.retryable) == ("ADDRESS_MISFIT", False)
    assert "eve" not in refused.message
    assert server.taken == []


@provokes("send_email", "MAIL_RECIPIENTS_REFUSED", retryable=False)
async def test_when_the_server_refuses_a_recipient_nobody_gets_it(server: MailServer, tmp_path: Path) -> None:
    server.answers["bob@example.org"] = "550 5.1.1 no such mailbox"
    told = Sent(server.values(), tmp_path)
    refused = failed(await send(server, tmp_path, told=told, cc=["bob@example.org"]))
    assert (refused.code, refused.retryable) == ("MAIL_RECIPIENTS_REFUSED", False)
    assert refused.details == {
        "refused": [{"address": "bob@example.org", "code": "550", "message": "5.1.1 no such mailbox"}]
    }
    assert (server.taken, told.effects) == ([], [])


async def test_refused_recipients_can_be_left_out_and_reported(server: MailServer, tmp_path: Path) -> None:
    server.answers["bob@example.org"] = "550 5.1.1 no such mailbox"
    sent = outputs(await send(server, tmp_path, cc=["bob@example.org"], on_refused="skip_and_report"))
    assert sent["recipients"] == ["ada@example.org"]
    assert [one["address"] for one in sent["refused"]] == ["bob@example.org"]
    server.answers["ada@example.org"] = "450 later"
    everyone = await send(server, tmp_path, cc=["bob@example.org"], on_refused="skip_and_report")
    assert failed(everyone).code == "MAIL_RECIPIENTS_REFUSED"
    assert len(server.taken) == 1


@pytest.mark.parametrize(("said", "retryable"), [("451 4.3.0 busy", True), ("554 5.7.1 spam", False)])
@provokes("send_email", "MAIL_REFUSED", "MAIL_RECIPIENTS_REFUSED")
async def test_what_is_refused_for_now_may_be_tried_again(
    server: MailServer, tmp_path: Path, said: str, *, retryable: bool
) -> None:
    server.data = said
    refused = failed(await send(server, tmp_path))
    assert (refused.code, refused.retryable) == ("MAIL_REFUSED", retryable)
    assert said.split(" ", 1)[1] in refused.message
    server.answers["ada@example.org"] = said
    assert failed(await send(server, tmp_path)).retryable is retryable


async def test_a_server_that_goes_away_with_the_mail_leaves_it_unknown(server: MailServer, tmp_path: Path) -> None:
    server.data = None
    told = Sent(server.values(), tmp_path)
    with pytest.raises(MailOutcomeUnknown):
        await send(server, tmp_path, told=told)
    assert told.effects == ["began"]


@provokes("send_email", "MAIL_SERVER_UNREACHABLE", retryable=True)
async def test_a_server_that_is_not_there_may_be_tried_again(server: MailServer, tmp_path: Path) -> None:
    told = Sent(server.values(port=1), tmp_path)
    refused = failed(await send(server, tmp_path, told=told))
    assert (refused.code, refused.retryable) == ("MAIL_SERVER_UNREACHABLE", True)
    assert told.effects == []


@provokes("send_email", "MAIL_LOGIN_REFUSED", retryable=False)
async def test_a_wrong_password_is_refused_and_never_shown(server: MailServer, tmp_path: Path) -> None:
    told = Sent(server.values(password="wrong-secret"), tmp_path)
    refused = failed(await send(server, tmp_path, told=told))
    assert (refused.code, refused.retryable) == ("MAIL_LOGIN_REFUSED", False)
    assert "wrong-secret" not in repr(refused)


@provokes("send_email", "MAIL_TLS_FAILED")
async def test_a_certificate_that_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as server:
        values = {name: value for name, value in server.values().items() if name != "certificate"}
        assert failed(await send(server, tmp_path, told=Sent(values, tmp_path))).code == "MAIL_TLS_FAILED"
    async with mail_server(tmp_path, "tls", name="other.test") as server:
        refused = failed(await send(server, tmp_path))
        assert refused.code == "MAIL_TLS_FAILED"
        assert "localhost" in refused.message
    assert server.logins == []


async def test_a_certificate_that_cannot_be_read_is_told_before_anything_is_connected(
    server: MailServer, tmp_path: Path
) -> None:
    told = Sent(server.values(certificate="none", port=1), tmp_path)  # Where nobody listens.
    assert failed(await send(server, tmp_path, told=told)).code == "CREDENTIAL_MISFIT"


@provokes("send_email", "CREDENTIAL_MISFIT")
async def test_a_server_without_starttls_is_not_spoken_to_in_the_open(tmp_path: Path) -> None:
    async with mail_server(tmp_path, "none") as server:
        told = Sent(server.values(security="starttls", username="u", password=PASSWORD), tmp_path)
        assert failed(await send(server, tmp_path, told=told)).code == "MAIL_TLS_FAILED"
        told = Sent(server.values(username="u", password=PASSWORD), tmp_path)
        assert failed(await send(server, tmp_path, told=told)).code == "CREDENTIAL_MISFIT"
        outputs(await send(server, tmp_path))  # Without a password it may be in the open.


@provokes("send_email", "ADDRESS_REFUSED")
async def test_private_addresses_are_refused(server: MailServer, tmp_path: Path) -> None:
    told = Sent(server.values(), tmp_path)
    run = task_run("send_email", MAIL, NOW)
    refused = await SendEmail().perform(run, {"name": "Ada", "copies": []}, told.tools(PrivateNetworks()))
    assert failed(refused).code == "ADDRESS_REFUSED"


@provokes("send_email", "MAIL_TOO_LARGE")
async def test_a_mail_larger_than_the_server_takes_is_refused_before_it_is_sent(tmp_path: Path) -> None:
    async with mail_server(tmp_path, size_max=2_000) as server:
        refused = failed(await send(server, tmp_path, text="x" * 3_000))
        assert (refused.code, server.taken) == ("MAIL_TOO_LARGE", [])


async def test_addresses_with_other_signs_need_a_server_that_takes_them(tmp_path: Path) -> None:
    async with mail_server(tmp_path) as server:
        outputs(await send(server, tmp_path, to=["jürgen@müller.de"]))
        assert server.taken[0].recipients == ["jürgen@xn--mller-kva.de"]
    async with mail_server(tmp_path, utf8=False) as server:
        assert failed(await send(server, tmp_path, to=["jürgen@müller.de"])).code == "MAIL_RECIPIENTS_REFUSED"


async def test_it_ends_at_once_when_it_is_cancelled(server: MailServer, tmp_path: Path) -> None:
    server.silent = True
    sending = asyncio.create_task(send(server, tmp_path))
    async with asyncio.timeout(10):
        await server.began.wait()
    sending.cancel()
    async with asyncio.timeout(2):
        with pytest.raises(asyncio.CancelledError):
            await sending


async def test_nothing_of_the_secret_shows(server: MailServer, tmp_path: Path) -> None:
    shown = repr(await send(server, tmp_path))
    assert PASSWORD not in shown


@pytest.mark.parametrize("inputs", [{"name": ""}, {"name": " \r\n "}])
@provokes("send_email", "SUBJECT_MISFIT")
async def test_a_subject_that_is_empty_with_these_inputs_is_refused(
    server: MailServer, tmp_path: Path, inputs: dict[str, Any]
) -> None:
    refused = await send(server, tmp_path, inputs, subject="{{ name }}")
    assert isinstance(refused, Failed)
    assert refused.code == "SUBJECT_MISFIT"


async def test_a_credential_is_tried_by_logging_in_and_nothing_is_sent(server: MailServer, tmp_path: Path) -> None:
    tools_ = TrialTools(Outgoing(parse_private_networks("127.0.0.0/8")), conceal=lambda _: None)
    tried = await TESTERS["smtp"](server.values(), tools_)
    assert (tried.succeeded, tried.message) == (True, "The server took user name and password.")
    wrong = await TESTERS["smtp"](server.values(password="wrong-secret"), tools_)
    assert not wrong.succeeded
    assert "wrong-secret" not in wrong.message
    assert not (await TESTERS["smtp"](server.values(port=1), tools_)).succeeded
    assert server.taken == []
    assert server.logins[0]
    assert not any(server.logins[1:])
