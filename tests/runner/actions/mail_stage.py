"""A real mail server of the tests' own on loopback, with TLS, a login, and moods; and the certificates it shows."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cache
from pathlib import Path
from typing import Any, Literal

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "localhost"
USER, PASSWORD = "mailer", "the-password-nobody-may-see"


@dataclass(slots=True)
class Taken:
    """A mail that the server took."""

    sender: str
    recipients: list[str]
    content: bytes

    @property
    def message(self) -> EmailMessage:
        """The mail, read as its readers read it."""
        message = message_from_bytes(self.content, policy=default)
        assert isinstance(message, EmailMessage)
        return message


@dataclass
class Opened:
    """Credentials that are there already: name → the values of a credential of kind smtp."""

    values: Mapping[str, Any]
    kind: str = "smtp"
    revision: int = 1

    async def open(self, name: str) -> Opened:
        """The credential."""
        return self

    def conceal(self, secret: str) -> None:
        """Nothing is written here."""


@dataclass  # Without slots: the library looks at all its members, which those of Python 3.11.2 do not bear.
class MailServer:
    """What the server does and did. `answers`: recipient → what it says to it; `data`: what it says to the mail; None hangs up."""

    security: Literal["starttls", "tls", "none"]
    port: int = 0
    taken: list[Taken] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    data: str | None = "250 taken"
    silent: bool = False
    logins: list[bool] = field(default_factory=list)
    began: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("never@"):
            await asyncio.Event().wait()
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.began.set()
        if self.silent:
            await asyncio.Event().wait()
        if self.data is None:
            assert isinstance(server.transport, asyncio.Transport)
            server.transport.abort()
            return "250 never said"
        if self.data.startswith("250"):
            content = envelope.content
            assert isinstance(content, bytes)
            self.taken.append(Taken(envelope.mail_from or "", list(envelope.rcpt_tos), content))
        return self.data

    def authenticate(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
        """Whether it is the one who may send."""
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        self.logins.append(right)
        return AuthResult(success=right, handled=False)

    def values(self, **others: Any) -> dict[str, Any]:
        """A credential of kind smtp for it."""
        login = {} if self.security == "none" else {"username": USER, "password": PASSWORD}
        trust = {} if self.security == "none" else {"certificate": authority()[1]}
        return {"host": HOST, "port": self.port, "security": self.security, **login, **trust, **others}


@asynccontextmanager
async def mail_server(
    folder: Path,
    security: Literal["starttls", "tls", "none"] = "starttls",
    *,
    name: str = HOST,
    size_max: int = 33_554_432,
    utf8: bool = True,
) -> AsyncIterator[MailServer]:
    """The server, listening as long as the block lasts; its certificate is for `name`."""
    server = MailServer(security)
    context = None if security == "none" else _context(folder, name)
    loop = asyncio.get_running_loop()

    def protocol() -> SMTP:
        with warnings.catch_warnings():
            # It does not know that TLS stands from the beginning.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(
                server,
                hostname="mail.test",
                loop=loop,
                data_size_limit=size_max,
                enable_SMTPUTF8=utf8,
                tls_context=context if security == "starttls" else None,
                require_starttls=security == "starttls",
                auth_required=security != "none",
                auth_require_tls=security == "starttls",
                authenticator=server.authenticate,
            )

    listening = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()


@cache
def authority() -> tuple[ec.EllipticCurvePrivateKey, str]:
    """An authority of the tests' own: its key, and its certificate as PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate("Authority of the tests", key, None, key)
    return key, certificate.public_bytes(serialization.Encoding.PEM).decode()


def _context(folder: Path, name: str) -> ssl.SSLContext:
    issuer, _ = authority()
    key = ec.generate_private_key(ec.SECP256R1())
    chain, private = folder / f"{name}.pem", folder / f"{name}.key"
    chain.write_bytes(_certificate(name, key, name, issuer).public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain, private)
    return context


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, host: str | None, issuer: ec.EllipticCurvePrivateKey
) -> x509.Certificate:
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    by = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of the tests")])
    at = datetime.now(UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(hours=1))
        .not_valid_after(at + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=host is None, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key()), critical=False)
    )
    if host is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    else:
        usage = x509.KeyUsage(
            digital_signature=True,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=True,
            crl_sign=True,
            encipher_only=False,
            decipher_only=False,
        )
        builder = builder.add_extension(usage, critical=True)
    return builder.sign(issuer, hashes.SHA256())
