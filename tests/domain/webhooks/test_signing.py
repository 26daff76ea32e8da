"""Signatures: those of the reference library pass, and its check passes ours; everything else is refused."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks.webhooks import Webhook as Reference

from domain.webhooks.signing import (
    ID_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    WINDOW_SECONDS,
    SecretWrong,
    SignatureRefused,
    read_secret,
    read_signed,
    sign,
    verify,
    write_secret,
)

KEY = bytes(range(32))
NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
BODY = '{"total":"1.20","name":"Müller"}'.encode()


def check(headers: dict[str, str], body: bytes = BODY, keys: tuple[bytes, ...] = (KEY,), now: datetime = NOW) -> None:
    signed = read_signed(headers.get(ID_HEADER), headers.get(TIMESTAMP_HEADER), headers.get(SIGNATURE_HEADER))
    verify(keys, signed, body, now)


def test_what_the_reference_library_signs_passes() -> None:
    signature = Reference(write_secret(KEY)).sign("msg_1", NOW, BODY.decode())
    check({ID_HEADER: "msg_1", TIMESTAMP_HEADER: str(int(NOW.timestamp())), SIGNATURE_HEADER: signature})


def test_the_reference_library_passes_what_we_sign() -> None:
    now = datetime.now(UTC)
    headers = sign(KEY, "msg_1", now, BODY)
    assert Reference(write_secret(KEY)).verify(BODY, headers) == {"total": "1.20", "name": "Müller"}


def test_one_right_signature_among_others_is_enough() -> None:
    headers = sign(KEY, "msg_1", NOW, BODY)
    headers[SIGNATURE_HEADER] = f"v1a,AAAA v1,!!! v1,AAAA {headers[SIGNATURE_HEADER]}"
    check(headers)


def test_any_of_two_secrets_is_enough_while_one_follows_the_other() -> None:
    check(sign(KEY, "msg_1", NOW, BODY), keys=(bytes(32), KEY))


@pytest.mark.parametrize("seconds", [WINDOW_SECONDS, -WINDOW_SECONDS])
def test_a_call_within_the_window_passes(seconds: int) -> None:
    check(sign(KEY, "msg_1", NOW, BODY), now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [WINDOW_SECONDS + 1, -WINDOW_SECONDS - 1])
def test_a_call_out_of_the_window_is_refused(seconds: int) -> None:
    with pytest.raises(SignatureRefused, match="301 s"):
        check(sign(KEY, "msg_1", NOW, BODY), now=NOW + timedelta(seconds=seconds))


def test_the_last_moment_that_can_be_written_is_only_too_late() -> None:
    headers = {**sign(KEY, "msg_1", NOW, BODY), TIMESTAMP_HEADER: "9" * 11}
    with pytest.raises(SignatureRefused, match="after now"):
        check(headers)


def test_another_body_id_moment_or_secret_is_refused() -> None:
    headers = sign(KEY, "msg_1", NOW, BODY)
    for other in ({ID_HEADER: "msg_2"}, {TIMESTAMP_HEADER: str(int(NOW.timestamp()) + 1)}):
        with pytest.raises(SignatureRefused, match="under the secret"):
            check({**headers, **other})
    with pytest.raises(SignatureRefused, match="under the secret"):
        check(headers, BODY + b" ")
    with pytest.raises(SignatureRefused, match="under the secret"):
        check(headers, keys=(bytes(32),))
    with pytest.raises(SignatureRefused, match="under the secret"):
        check(headers, keys=())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (ID_HEADER, None),
        (ID_HEADER, "with space"),
        (ID_HEADER, "x" * 101),
        (TIMESTAMP_HEADER, None),
        (TIMESTAMP_HEADER, "yesterday"),
        (TIMESTAMP_HEADER, "9" * 12),
        (TIMESTAMP_HEADER, "1" * 13),
        (SIGNATURE_HEADER, None),
        (SIGNATURE_HEADER, "v2,AAAA"),
        (SIGNATURE_HEADER, "v1,not base64"),
    ],
)
def test_headers_that_cannot_be_read_are_refused_by_name(name: str, value: str | None) -> None:
    headers: dict[str, str] = {**sign(KEY, "msg_1", NOW, BODY)}
    if value is None:
        del headers[name]
    else:
        headers[name] = value
    with pytest.raises(SignatureRefused, match=name):
        check(headers)


def test_a_secret_is_read_with_its_mark_and_without() -> None:
    encoded = base64.b64encode(KEY).decode()
    assert read_secret(encoded) == read_secret(f"whsec_{encoded}") == KEY


@pytest.mark.parametrize("text", ["", "whsec_", "secret!", base64.b64encode(bytes(23)).decode()])
def test_a_secret_that_guards_nothing_is_refused(text: str) -> None:
    with pytest.raises(SecretWrong, match="24 to 64 bytes"):
        read_secret(text)
