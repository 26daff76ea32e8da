"""What a job is found by beside its workflow: tags, the key of the business it is about, where it came from, and the words of its title."""

from __future__ import annotations

import re
from collections.abc import Iterator

from domain.jobs.commands import StartJob
from domain.refusals import Detail

TAGS_MAX = 20
TAG_CHARACTERS_MAX = 50
BUSINESS_KEY_CHARACTERS_MAX = 200
WORDS_MAX = 50
WORD_CHARACTERS_MAX = 63
OF_PARENT = "parent"
"""The source of jobs that another one started, and of no other: so those that none started are found by their sources."""

_SOURCE = re.compile(r"[a-z][a-z0-9_-]{0,49}")
_WORD = re.compile(r"\w+")


def labels_wrong(command: StartJob) -> Iterator[Detail]:
    """What of a start's labels cannot be kept."""
    if len(command.tags) > TAGS_MAX:
        yield Detail("tags", f"at most {TAGS_MAX} tags", str(len(command.tags)))
    for place, tag in enumerate(command.tags):
        if not _is_plain(tag, TAG_CHARACTERS_MAX):
            expected = f"a tag of 1 to {TAG_CHARACTERS_MAX} printable characters, without spaces around it"
            yield Detail(f"tags[{place}]", expected, "another text")
    if command.business_key is not None and not _is_plain(command.business_key, BUSINESS_KEY_CHARACTERS_MAX):
        expected = f"1 to {BUSINESS_KEY_CHARACTERS_MAX} printable characters, without spaces around them"
        yield Detail("business key", expected, "another text")
    if _SOURCE.fullmatch(command.source) is None:
        yield Detail("source", "a short name like billing, of a-z, 0-9, _ and -", "another text")
    elif command.source == OF_PARENT and command.parent is None:
        yield Detail("source", "another name", f"{OF_PARENT}, which says that another job started it")


def words_of(text: object) -> tuple[str, ...]:
    """The words of a title that it is found by, in small letters, each once; none of what is no plain text."""
    if not isinstance(text, str):
        return ()
    words = dict.fromkeys(word[:WORD_CHARACTERS_MAX] for word in _WORD.findall(text.casefold()))
    return tuple(words)[:WORDS_MAX]


def _is_plain(text: str, characters_max: int) -> bool:
    return 0 < len(text) <= characters_max and text.isprintable() and text == text.strip()
