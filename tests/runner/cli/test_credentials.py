"""Credentials from the command line: made, listed, shown, tested, changed and removed; and their keys rotated while all goes on."""

from __future__ import annotations

import json
import re

import pytest

from tests.runner.up import Up

pytestmark = pytest.mark.timeout(120)

SECRET = "whsec_Y2FuYXJ5LW9mLXRoZS1jb21tYW5kLWxpbmUh"


def test_a_credential_is_made_shown_tested_changed_and_removed_without_its_secret(up: Up) -> None:
    said = [up.opus("credential", "add", "hook", "signing", "--values", "-", stdin=json.dumps({"secret": SECRET}))]
    assert "credential hook was created" in said[0]
    said += [up.fast("credentials")]
    assert re.search(r"^hook +signing +1 +never", said[-1], re.MULTILINE)
    said += [up.fast("credential", "test", "hook")]
    assert said[-1] == "credential hook is accepted: It is a secret of 27 bytes.\n"
    up.opus("credential", "set", "hook", "--values", "-", stdin=json.dumps({"secret": "canary-no-base64!"}))
    said += [up.fast("credential", "test", "hook", code=1)]
    assert "Expected base64" in said[-1]
    said += [up.fast("credential", "show", "hook")]
    assert re.search(r"hook  signing  ACTIVE  revision 2\n  secret = \(set\)\n  tested: \S+ \S+ not accepted", said[-1])
    said += [up.fast("credential", "remove", "hook", "--reason", "replaced")]
    assert up.fast("credentials", "--kind", "signing").startswith("No credentials.")
    assert "hook" in up.fast("credentials", "--removed")
    assert "CREDENTIAL_IS_REMOVED" in up.fast("credential", "test", "hook", code=1)
    assert SECRET not in "".join([*said, *up.lines])
    assert "canary" not in "".join([*said, *up.lines])


def test_fields_that_are_not_secret_may_be_arguments_and_secret_ones_may_not(up: Up) -> None:
    given = ("-s", "host=mail.example.com", "-s", "port=2525")
    up.fast("credential", "add", "mail", "smtp", *given)
    nobody = up.fast("credential", "add", "other", "smtp", *given, "--ask", "password", code=1)
    assert "Expected the secret field password, but nobody" in nobody
    wrong = up.fast("credential", "add", "other", "smtp", "-s", "host=h", "-s", "port=--2", code=1)
    assert "CREDENTIAL_FIELDS_WRONG" in wrong
    shown = up.fast("credential", "show", "mail")
    assert '  host = "mail.example.com"\n  port = 2525\n' in shown
    up.fast("credential", "set", "mail", "--set", "port=25", "--drop", "sender")
    assert "  port = 25\n" in up.fast("credential", "show", "mail")
    refused = up.fast("credential", "set", "mail", "--set", "password=canary-argument", code=1)
    assert "Expected fields that are not secret" in refused
    assert "canary" not in refused
    assert "Expected the secret field token, but nobody" in up.opus("credential", "add", "bank", "bearer", code=1)
    assert "smtp  Mail server (SMTP)" in up.fast("credential", "kinds")
    assert "password*" in up.fast("credential", "kinds")


def test_keys_are_rotated_while_everything_goes_on(up: Up) -> None:
    up.opus("credential", "add", "turning", "signing", "--values", "-", stdin=json.dumps({"secret": SECRET}))
    before = up.opus("keys", "list")
    said = up.opus("keys", "rotate")
    newest = re.search(r"(\d+) secrets were sealed anew; all are sealed under the key (\w+) now", said)
    assert newest is not None
    assert int(newest[1]) >= 1
    after = up.opus("keys", "list")
    assert newest[2] not in before
    assert re.search(rf"^{newest[2]} +{newest[1]}$", after, re.MULTILINE)
    # The running parts read the ring again when they meet the new key.
    assert "is accepted" in up.fast("credential", "test", "turning")
    assert re.fullmatch(r"[A-Za-z0-9+/]{43}=\n", up.opus("keys", "new"))
