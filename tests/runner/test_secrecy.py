"""Secrets are found in whatever a run leaves behind, as they are and as they travel, and nothing else is taken for one."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from runner.actions.contract import Failed, MessageWanted, Succeeded
from runner.failures import SECRET_IN_OUTCOME
from runner.scrubbing import scrubbed
from runner.secrecy import BLANK, RunSecrets, SecretFound

SECRET = 'pässwort/"1"'


def holding(*secrets: str) -> RunSecrets:
    made = RunSecrets()
    for secret in secrets:
        made.add(secret)
    return made


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        f"before {SECRET} after",
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
        quote(SECRET, safe=""),
        json.dumps({"deep": SECRET}),
        quote(SECRET, safe="").replace("%C3%A4", "%c3%a4").replace("%2F", "%2f"),
        base64.b64encode(f"user:{SECRET}:more".encode()).decode(),
        base64.urlsafe_b64encode(f"users:{SECRET}:more".encode()).decode(),
        f"<b>{html.escape(SECRET)}</b>",
        SECRET.encode().hex(),
        SECRET.encode().hex().upper(),
        repr({"deep": SECRET}),
    ],
)
def test_a_secret_is_found_as_it_is_and_as_it_travels(text: str) -> None:
    secrets = holding(SECRET)
    assert secrets.is_in_text(text)
    assert secrets.is_in({"list": [1, None, {"key": text}]})
    assert secrets.is_in({text: 1})
    assert secrets.is_in_bytes(text.encode())
    assert SECRET not in secrets.blanked(text)
    assert not secrets.is_in(secrets.blanked_value({"list": [text]}))


@given(st.binary(max_size=9), st.text(min_size=6, max_size=30), st.binary(max_size=9))
def test_in_base64_a_secret_is_found_whatever_stands_around_it(before: bytes, secret: str, after: bytes) -> None:
    content = before + secret.encode() + after
    secrets = holding(secret)
    assert secrets.is_in_text(base64.b64encode(content).decode())
    assert secrets.is_in_text(base64.urlsafe_b64encode(content).decode())


def test_a_key_is_found_line_by_line_and_what_is_around_it_is_no_secret() -> None:
    key = generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    first, second, *_ = key.splitlines()[1:]
    secrets = holding(key)
    assert secrets.is_in({"key": second})
    assert secrets.is_in_text(key.replace("\n", ""))
    assert secrets.blanked(f"{first}{second}") == BLANK * 2
    assert not secrets.is_in({"text": "-----BEGIN PRIVATE KEY-----"})


def test_a_short_secret_is_found_only_where_it_stands_alone() -> None:
    secrets = holding("1234")
    assert secrets.is_in({"pin": "1234"})
    assert not secrets.is_in({"total": "12345", "number": 1234})
    assert secrets.blanked("1234") == BLANK
    assert secrets.blanked("12345") == "12345"


def test_of_secrets_within_each_other_nothing_is_left() -> None:
    assert (
        holding("secret-one", "secret-one-longer").blanked("a secret-one-longer b secret-one") == f"a {BLANK} b {BLANK}"
    )


def test_without_secrets_nothing_is_looked_for() -> None:
    secrets = holding("")
    assert not secrets
    outcome = Succeeded({"value": ""})
    assert scrubbed(outcome, secrets) is outcome


@given(st.text("ab", min_size=6, max_size=20), st.text("abc", max_size=40), st.lists(st.integers(1, 9), max_size=30))
def test_in_pieces_a_secret_is_found_wherever_the_borders_are(secret: str, around: str, cuts: list[int]) -> None:
    secrets, content = holding(secret), f"{around}{secret}{around}".encode()
    watch, found = secrets.watch(), False
    for size in [*cuts, len(content)]:
        piece, content = content[:size], content[size:]
        try:
            watch.look(piece)
        except SecretFound:
            found = True
            break
    assert found


@given(st.text("xyz", max_size=40), st.lists(st.integers(1, 9), max_size=30))
def test_in_pieces_without_a_secret_none_is_found(text: str, cuts: list[int]) -> None:
    watch, content = holding("abcdefgh").watch(), text.encode()
    for size in [*cuts, len(content)]:
        piece, content = content[:size], content[size:]
        watch.look(piece)


def test_what_a_task_gives_with_a_secret_becomes_a_failure_that_tells_of_it_without_it() -> None:
    secrets = holding(SECRET)
    failed = scrubbed(Succeeded({"value": SECRET}, evidence={"url": "https://x", "sent": SECRET}), secrets)
    assert isinstance(failed, Failed)
    assert (failed.code, failed.retryable, failed.evidence) == (
        SECRET_IN_OUTCOME,
        False,
        {"url": "https://x", "sent": BLANK},
    )
    assert scrubbed(MessageWanted("paid"), secrets) == MessageWanted("paid")


@pytest.mark.parametrize("end", ["", "…"])
@pytest.mark.parametrize("kept", [6, 9, 12, 19])
def test_a_text_that_was_cut_within_a_secret_ends_without_the_beginning_of_it(kept: int, end: str) -> None:
    secret = "sk-sk-sk-ab-12345678"
    blanked = holding(secret).blanked(f"It says: {secret[:kept]}{end}")
    assert blanked == f"It says: {BLANK}{end}"


@pytest.mark.parametrize("text", ["It says: sk-sk", "sk-sk-sk-ab is what it begins with", ""])
def test_what_only_looks_like_the_beginning_of_a_secret_stays(text: str) -> None:
    assert holding("sk-sk-sk-ab-12345678").blanked(text) == text
