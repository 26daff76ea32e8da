"""Words as the library is searched by them: folded, weighed, and found again when they are misspelt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence

WORD_LETTERS_MAX = 40
LEXEMES_MAX = 600
"""How many different words of a template are kept, those of its name first."""
SPELLED_LETTERS = 8
"""Only so many first letters of a word have spellings: what follows is compared, not looked up."""
FORGIVEN_LETTERS_MIN = 3
WORDS_ASKED_MAX = 10
CANDIDATES_MAX = 20
PREFIX_LETTERS_MIN = 2

_PLACES = {"A": "1A", "B": "2B", "C": "3C", "D": "4D"}
_WORD = re.compile(r"[^\W_]+")
# Told so often that they tell nothing; of a search for these alone they are kept.
_EMPTY = frozenset(
    ("a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "it", "of", "on", "or", "the", "to", "with")
)


def words_of(text: str) -> list[str]:
    """The words of a text in their order: small letters, without accents."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return [word[:WORD_LETTERS_MAX] for word in _WORD.findall(plain)]


def weighed(parts: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Each word of some texts, by weight (A, B, C, D), with the weights it has: `{"invoice": "AC"}`."""
    found: dict[str, str] = {}
    for weight, texts in sorted(parts.items()):
        for text in texts:
            for word in words_of(text):
                known = found.get(word)
                if known is None:
                    if len(found) < LEXEMES_MAX:
                        found[word] = weight
                elif weight not in known:
                    found[word] = known + weight
    return found


def vector(words: Mapping[str, str]) -> str:
    """The text of a tsvector: each word at a place for each of its weights."""
    return " ".join(f"'{word}':{','.join(map(_PLACES.__getitem__, weights))}" for word, weights in words.items())


def spellings(word: str) -> set[str]:
    """The beginning of a word, whole and with a letter left out; of a longer word with two left out as well."""
    head = word[:SPELLED_LETTERS]
    if len(word) < FORGIVEN_LETTERS_MIN or not word.isalpha():
        return {word}
    less = set(_one_less(head))
    if errors_forgiven(word) > 1:
        less |= {shorter for one in less for shorter in _one_less(one)}
    return {head} | less


def errors_forgiven(word: str) -> int:
    """How many letters of a word may be wrong."""
    if len(word) < FORGIVEN_LETTERS_MIN or not word.isalpha():
        return 0
    return 1 if len(word) < SPELLED_LETTERS else 2


def distance(one: str, other: str, most: int) -> int:
    """How many letters were left out, added, changed, or exchanged with their neighbour; `most + 1` for more than that."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        here = [row]
        for column, against in enumerate(other, 1):
            cost = min(last[column] + 1, here[-1] + 1, last[column - 1] + (letter != against))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == against:
                cost = min(cost, before[column - 2] + 1)
            here.append(cost)
        if min(here) > most:
            return most + 1
        before, last = last, here
    return last[-1]


def asked(search: str) -> list[str]:
    """The words of a search, each once, without those that tell nothing."""
    words = list(dict.fromkeys(words_of(search)))
    return ([word for word in words if word not in _EMPTY] or words)[:WORDS_ASKED_MAX]


def meant(word: str, vocabulary: Mapping[str, int]) -> list[str]:
    """The words of a vocabulary (with how many templates hold each) that one of a search may mean, the nearest first.

    A word that is there means itself and its forms, as claim and claims; one that is not, the words that are nearest to it.
    """
    most = errors_forgiven(word)
    near = sorted(
        (far, -count, other)
        for other, count in vocabulary.items()
        if (far := 0 if other == word else distance(word, other, most)) <= most
    )
    if word in vocabulary:
        chosen = [other for _, _, other in near if other.startswith(word) or word.startswith(other)]
    else:
        chosen = [other for far, _, other in near if far == near[0][0]]
    return chosen[:CANDIDATES_MAX]


def query_of(words: Sequence[str], vocabulary: Mapping[str, int]) -> str:
    """The text of a tsquery: every word or what it may mean, the last one also as the beginning of a word."""
    terms = [dict.fromkeys((word, *meant(word, vocabulary))) for word in words]
    said = [" | ".join(f"'{word}'" for word in each) for each in terms]
    if len(words[-1]) >= PREFIX_LETTERS_MIN:
        said[-1] += f" | '{words[-1]}':*"
    return " & ".join(f"({each})" for each in said)


def query_as_typed(words: Sequence[str]) -> str:
    """The text of a tsquery for any of the words exactly as they were typed."""
    return " | ".join(f"'{word}'" for word in words)


def _one_less(word: str) -> Iterator[str]:
    return (word[:place] + word[place + 1 :] for place in range(len(word)))
