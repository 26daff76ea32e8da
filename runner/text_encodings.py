"""In what texts of others are written: what they say, if it is an encoding of texts at all."""

from __future__ import annotations

import codecs

USUAL = "utf-8"
NAME_CHARACTERS_MAX = 40  # Python keeps every name that it was ever asked for.
_OF_NO_TEXTS = frozenset(
    {
        "idna",
        "punycode",
        "raw-unicode-escape",
        "raw_unicode_escape",
        "undefined",
        "unicode-escape",
        "unicode_escape",
        "utf-7",
    }
)
"""Python decodes these too, but they are of names, of programs or of nothing, and some take minutes for a long text."""


def encoding_of(name: str | None) -> str:
    """The encoding of this name; UTF-8 where there is none for texts."""
    if name is None or len(name) > NAME_CHARACTERS_MAX:
        return USUAL
    try:
        found = codecs.lookup(name).name
        "a".encode(found)  # Not all encodings are of text, which an empty one does not tell.
    except (LookupError, ValueError):
        return USUAL
    return USUAL if found in _OF_NO_TEXTS else found
