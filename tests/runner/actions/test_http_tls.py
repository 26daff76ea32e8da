"""Certificates are checked against the name that was asked for, though the connection goes to an address that was judged."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.http_servers import speaking
from tests.runner.actions.action_stage import failed, outputs
from tests.runner.actions.http_stage import HttpStage
from tests.runner.actions.provoking import provokes
from tests.runner.actions.test_http_hostile import answer, saying

pytestmark = pytest.mark.anyio


def certify(folder: Path, name: str) -> tuple[Path, Path]:
    """A certificate of this name that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file, key_file = folder / f"{name}.pem", folder / f"{name}.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = serialization.PrivateFormat.PKCS8
    key_file.write_bytes(key.private_bytes(serialization.Encoding.PEM, private, serialization.NoEncryption()))
    return file, key_file


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    return certify(tmp_path, "localhost")


@pytest.fixture
async def url(certificate: tuple[Path, Path]) -> AsyncIterator[str]:
    """A server of this certificate, asked for by its name."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    async with speaking(saying(answer(b'{"a": 1}', "Connection: close")), tls=tls) as found:
        yield f"https://localhost:{urlsplit(found).port}"


@pytest.fixture
async def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpStage]:
    made = HttpStage(tmp_path)
    yield made
    await made.outgoing.aclose()


async def test_a_certificate_that_the_owner_trusts_is_accepted_under_its_name(
    stage: HttpStage, url: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    assert outputs(await stage.call(url))["body"] == {"a": 1}


@provokes("http", "HTTP_CERTIFICATE")
async def test_another_name_at_the_same_address_is_not_accepted(
    stage: HttpStage, url: str, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    outcome = failed(await stage.call(url.replace("localhost", "127.0.0.1")))
    assert (outcome.code, outcome.retryable) == ("HTTP_CERTIFICATE", False)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_certificate_that_nobody_trusts_is_refused_before_anything_is_sent(
    stage: HttpStage, url: str, method: str
) -> None:
    outcome = failed(await stage.call(url, method=method))
    assert (outcome.code, outcome.retryable) == ("HTTP_CERTIFICATE", False)
    assert outcome.message == f"Expected a certificate of {method} {url} that can be trusted, but it has another."


async def test_https_to_what_speaks_none_cannot_be_reached(stage: HttpStage) -> None:
    async with speaking(saying(b"hello, I speak no TLS")) as plain:
        outcome = failed(await stage.call(plain.replace("http://", "https://"), method="POST", seconds_max=3.0))
    assert (outcome.code, outcome.retryable) == ("HTTP_UNREACHABLE", True)


async def test_a_redirect_out_of_encryption_is_not_followed(
    stage: HttpStage, certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(*certificate)
    said = answer(b"", "Location: http://localhost:1/", "Connection: close", status="302 Found")
    async with speaking(saying(said), tls=tls) as found:
        outcome = failed(await stage.call(f"https://localhost:{urlsplit(found).port}"))
    assert outcome.code == "HTTP_REDIRECTED"
    assert "stays encrypted" in outcome.message
