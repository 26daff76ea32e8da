"""Which encodings texts of others may be in."""

from __future__ import annotations

import pytest

from runner.text_encodings import encoding_of


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (None, "utf-8"),
        ("UTF8", "utf-8"),
        ("latin1", "iso8859-1"),
        ("utf-16", "utf-16"),
        ("shift_jis", "shift_jis"),
        ("windows-1252", "cp1252"),
        ("hex", "utf-8"),
        ("rot13", "utf-8"),
        ("raw_unicode_escape", "utf-8"),
        ("unicode-escape", "utf-8"),
        ("punycode", "utf-8"),
        ("", "utf-8"),
    ],
)
def test_an_encoding_of_texts_is_known_and_others_are_none(name: str | None, found: str) -> None:
    assert encoding_of(name) == found
