"""One conversation with a mail server: connected to the judged address, encrypted, logged in, and told of every recipient on its own."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aiosmtplib import SMTP
from aiosmtplib.errors import (
    SMTPAuthenticationError,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from runner.actions.contract import Failed
from runner.actions.mail_message import MAIL_TOO_LARGE, Mail
from runner.outgoing import AddressRefused, Outgoing

STEP_SECONDS_MAX = 60.0
"""How long the server may take to answer one command."""
SAID_CHARACTERS_MAX = 300
TLS_PORT = 465
STARTTLS_PORT = 587
PLAIN_PORT = 25

SERVER_UNREACHABLE = "MAIL_SERVER_UNREACHABLE"
TLS_FAILED = "MAIL_TLS_FAILED"
LOGIN_REFUSED = "MAIL_LOGIN_REFUSED"
SENDER_REFUSED = "MAIL_SENDER_REFUSED"
RECIPIENTS_REFUSED = "MAIL_RECIPIENTS_REFUSED"
MAIL_REFUSED = "MAIL_REFUSED"
CREDENTIAL_MISFIT = "CREDENTIAL_MISFIT"

Security = Literal["starttls", "tls", "none"]
_TEMPORARY = range(400, 500)


class MailFailed(Exception):
    """The mail was not taken; `failed` says why, and whether trying again may help."""

    def __init__(self, failed: Failed) -> None:
        self.failed = failed
        super().__init__(failed.code)


class MailOutcomeUnknown(Exception):
    """The server was given the mail and went away before it said whether it took it: it must not be sent again silently."""


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is sent, as a credential of kind smtp says."""

    host: str
    port: int
    security: Security
    username: str | None
    password: str | None
    certificate: str | None  # of an authority of one's own, as PEM

    @classmethod
    def of(cls, values: Mapping[str, Any]) -> MailServer:
        """The server of a credential; raises MailFailed where its password would go over the network in the open."""
        security: Security = values.get("security") or "starttls"
        usual = {"tls": TLS_PORT, "starttls": STARTTLS_PORT, "none": PLAIN_PORT}[security]
        username, password = values.get("username"), values.get("password")
        if security == "none" and (username or password):
            message = (
                "Expected security tls or starttls for a credential with a user name or password, but it has none."
            )
            raise MailFailed(Failed(CREDENTIAL_MISFIT, message))
        port = values.get("port") or usual
        return cls(values["host"], port, security, username, password, values.get("certificate"))


@dataclass(frozen=True, slots=True)
class Refused:
    """A recipient whom the server did not take, and what it said."""

    address: str
    code: int
    said: str

    def as_value(self) -> dict[str, str]:
        """As an output shows it."""
        return {"address": self.address, "code": str(self.code), "message": self.said}


@dataclass(frozen=True, slots=True)
class Taken:
    """The server took the mail for these recipients."""

    recipients: tuple[str, ...]
    refused: tuple[Refused, ...]
    said: str


async def send(
    server: MailServer,
    outgoing: Outgoing,
    mail: Mail,
    *,
    skip_refused: bool,
    begin: Callable[[], Awaitable[None]],
    seconds_max: float = STEP_SECONDS_MAX,
) -> Taken:
    """Sends a mail; raises MailFailed where it is certain that nobody got it, MailOutcomeUnknown where it is not.

    `begin` is awaited when all is said but the mail itself; `seconds_max` is how long one answer of the server may take.
    """
    smtp = await _connect(server, outgoing, seconds_max)
    try:
        await _log_in(smtp, server)
        _check_room(smtp, mail)
        options, encoding = _options(smtp, mail)
        await _begin(smtp, mail, options, encoding)
        taken, refused = await _name_recipients(smtp, mail, encoding)
        if not taken or (refused and not skip_refused):
            raise MailFailed(_all_refused(refused, len(mail.recipients)))
        await begin()
        said = await _hand_over(smtp, mail)
        return Taken(tuple(taken), tuple(refused), said)
    finally:
        await _leave(smtp)


async def try_server(server: MailServer, outgoing: Outgoing) -> None:
    """Connects and logs in, and sends nothing; raises MailFailed."""
    smtp = await _connect(server, outgoing, STEP_SECONDS_MAX)
    try:
        await _log_in(smtp, server)
    finally:
        await _leave(smtp)


async def _connect(server: MailServer, outgoing: Outgoing, seconds_max: float) -> SMTP:
    place = f"{server.host}:{server.port}"
    trust = None if server.security == "none" else _trust(server)
    try:
        connected = await outgoing.connect(server.host, server.port)
        smtp = SMTP(
            hostname=server.host,
            sock=connected,
            use_tls=server.security == "tls",
            start_tls=server.security == "starttls",
            tls_context=trust,
            timeout=min(seconds_max, STEP_SECONDS_MAX),
        )
        await smtp.connect()
    except AddressRefused as refused:
        raise MailFailed(Failed(refused.code, str(refused))) from None
    except SMTPResponseException as error:
        raise MailFailed(_said(SERVER_UNREACHABLE, f"Expected {place} to take part", error)) from None
    except (SMTPConnectError, SMTPServerDisconnected, SMTPTimeoutError, TimeoutError, OSError) as error:
        if (failed := _untrusted(server, error)) is not None:
            raise MailFailed(failed) from None
        message = f"Expected a mail server at {place}, but got {_what(error)}."
        raise MailFailed(Failed(SERVER_UNREACHABLE, message, retryable=True)) from None
    except SMTPException as error:  # It does not offer STARTTLS.
        message = f"Expected {place} to offer STARTTLS, but: {_short(str(error))}"
        raise MailFailed(Failed(TLS_FAILED, message)) from None
    return smtp


async def _log_in(smtp: SMTP, server: MailServer) -> None:
    try:
        if server.username:
            await smtp.login(server.username, server.password or "")
        else:
            await smtp.ehlo()
    except SMTPAuthenticationError as error:
        # What it said is left out: servers have been seen to repeat what they were sent.
        message = f"Expected {server.host} to take user name and password, but it refused them with code {error.code}."
        raise MailFailed(Failed(LOGIN_REFUSED, message, retryable=error.code in _TEMPORARY)) from None
    except SMTPResponseException as error:
        raise MailFailed(_said(SERVER_UNREACHABLE, f"Expected {server.host} to take part", error)) from None
    except (SMTPServerDisconnected, SMTPTimeoutError) as error:
        raise MailFailed(_gone(server.host, error)) from None
    except SMTPException:
        message = f"Expected {server.host} to let one log in, but it offers no way that is known here."
        raise MailFailed(Failed(LOGIN_REFUSED, message)) from None


def _check_room(smtp: SMTP, mail: Mail) -> None:
    most = smtp.esmtp_extensions.get("size", "")
    if most.isdigit() and 0 < int(most) < len(mail.content):
        message = f"Expected a mail of at most {most} bytes, as the server takes, but it has {len(mail.content)}."
        raise MailFailed(Failed(MAIL_TOO_LARGE, message))


def _options(smtp: SMTP, mail: Mail) -> tuple[list[str], str]:
    options = [f"SIZE={len(mail.content)}"] if smtp.supports_extension("size") else []
    if all(address.is_ascii for address in (mail.sender, *mail.recipients)):
        return options, "ascii"
    if not smtp.supports_extension("smtputf8"):
        message = (
            "Expected addresses in ASCII, since the server takes no others (no SMTPUTF8), but one has other signs."
        )
        raise MailFailed(Failed(RECIPIENTS_REFUSED, message))
    return [*options, "SMTPUTF8", *(["BODY=8BITMIME"] if smtp.supports_extension("8bitmime") else [])], "utf-8"


async def _begin(smtp: SMTP, mail: Mail, options: list[str], encoding: str) -> None:
    try:
        await smtp.mail(mail.sender.spec, options=options, encoding=encoding)
    except SMTPResponseException as error:
        raise MailFailed(
            _said(SENDER_REFUSED, f"Expected the server to take {mail.sender.spec} as sender", error)
        ) from None
    except (SMTPServerDisconnected, SMTPTimeoutError) as error:
        raise MailFailed(_gone("the server", error)) from None


async def _name_recipients(smtp: SMTP, mail: Mail, encoding: str) -> tuple[list[str], list[Refused]]:
    taken: list[str] = []
    refused: list[Refused] = []
    for recipient in mail.recipients:
        try:
            await smtp.rcpt(recipient.spec, encoding=encoding)
        except SMTPRecipientRefused as error:
            refused.append(Refused(recipient.spec, error.code, _short(error.message)))
        except (SMTPServerDisconnected, SMTPTimeoutError) as error:
            raise MailFailed(_gone("the server", error)) from None
        else:
            taken.append(recipient.spec)
    return taken, refused


async def _hand_over(smtp: SMTP, mail: Mail) -> str:
    try:
        return _short((await smtp.data(mail.content)).message)
    except SMTPResponseException as error:
        raise MailFailed(_said(MAIL_REFUSED, "Expected the server to take the mail", error)) from None
    except (SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
        raise MailOutcomeUnknown(type(error).__name__) from None


async def _leave(smtp: SMTP) -> None:
    """Says goodbye where that is possible; what came of the mail is known by now."""
    try:
        if smtp.is_connected:
            async with asyncio.timeout(1.0):
                await smtp.quit()
    except (SMTPException, TimeoutError, OSError):
        pass
    finally:
        smtp.close()


def _trust(server: MailServer) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cadata=server.certificate)
    except (ssl.SSLError, ValueError):
        message = "Expected the certificate of the credential as PEM, but it cannot be read."
        raise MailFailed(Failed(CREDENTIAL_MISFIT, message)) from None
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _untrusted(server: MailServer, error: BaseException | None) -> Failed | None:
    """What of TLS led to an error, when it did."""
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            message = f"Expected a certificate of {server.host} that can be trusted, but: {error.verify_message}."
            return Failed(TLS_FAILED, message)
        if isinstance(error, ssl.SSLError):
            message = f"Expected {server.host}:{server.port} to speak TLS, but: {error.reason or 'it does not'}."
            return Failed(TLS_FAILED, message)
        error = error.__cause__ or error.__context__
    return None


def _all_refused(refused: list[Refused], recipients: int) -> Failed:
    """Nobody got it; trying again may help only when every refusal was for now."""
    named = "; ".join(f"{one.address}: {one.code} {one.said}" for one in refused[:5])
    more = "" if len(refused) <= 5 else f"; and {len(refused) - 5} more"
    message = f"Expected the server to take all {recipients} recipients, but it refused {len(refused)}: {named}{more}."
    retryable = all(one.code in _TEMPORARY for one in refused)
    details = {"refused": [one.as_value() for one in refused]}
    return Failed(RECIPIENTS_REFUSED, message, retryable=retryable, details=details)


def _said(code: str, expected: str, error: SMTPResponseException) -> Failed:
    message = f"{expected}, but it said {error.code} {_short(error.message)}."
    return Failed(code, message, retryable=error.code in _TEMPORARY, details={"code": error.code})


def _gone(host: str, error: Exception) -> Failed:
    return Failed(SERVER_UNREACHABLE, f"Expected {host} to go on, but got {_what(error)}.", retryable=True)


def _what(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, SMTPServerDisconnected):
        return "the end of the connection"
    return _short(str(error)) or type(error).__name__


def _short(text: str) -> str:
    plain = " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
    return plain if len(plain) <= SAID_CHARACTERS_MAX else f"{plain[:SAID_CHARACTERS_MAX]}…"
