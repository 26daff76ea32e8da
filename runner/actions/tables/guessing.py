"""Which encoding a piece of text that is not UTF-8 is most likely written in, by the letters it then has.

Tables hold little running text, on which the general detectors rely: on the samples of the tests they were right in half of the cases.
Scripts whose letters stand among ASCII letters (`Müller`) are told from those that do not (`Иванов`, `東京`) by how long the runs of
bytes beyond ASCII are; then each encoding is asked how many of its characters would be usual ones.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

APOSTROPHE = "\u2019"
RUN_BYTES_LATIN_MAX = 2.0
"""Where runs of bytes beyond ASCII are not longer on average, they are letters among ASCII ones."""
SCORE_SURE = 0.8
LOOKED_AT_CHARACTERS_MAX = 20_000
SYMBOLS = frozenset("€£–—“”„‘’‚…°§©®™²³µ½¼¾«»¿¡·×†‰№¥")  # noqa: RUF001 - these are meant
_RUN = re.compile(rb"[\x80-\xff]+")


class _Candidate(NamedTuple):
    """An encoding, and how usual a character is in what is written in it, from 0 to 1."""

    encoding: str
    usual: Callable[[str], float]


def _among(letters: str) -> Callable[[str], float]:
    known = frozenset(letters + letters.upper())
    return lambda character: float(character in known)


def _between(*ranges: tuple[int, int], weight: float = 1.0) -> Callable[[str], float]:
    return lambda character: weight * any(first <= ord(character) <= last for first, last in ranges)


def _led_by(encoding: str, first: int, last: int) -> Callable[[str], float]:
    """The frequent characters of these encodings stand together, by their first byte."""

    def usual(character: str) -> float:
        written = character.encode(encoding, "ignore")
        return (
            1.0 if _WIDE[0] <= ord(character) <= _WIDE[1] else float(len(written) == 2 and first <= written[0] <= last)
        )

    return usual


def _japanese(character: str) -> float:
    return max(_between(_KANA, _WIDE, _MARKS)(character), _between(_HAN, weight=0.8)(character))


_WESTERN = "äöüßéèêëàâáãåæçñóòôõøœíìîïúùûÿªº"
_KANA, _HAN, _HANGUL, _WIDE = (0x3041, 0x30FE), (0x4E00, 0x9FA5), (0xAC00, 0xD7A3), (0xFF01, 0xFF5E)
_MARKS = (0x3000, 0x3011)
_CYRILLIC, _GREEK = ((0x410, 0x44F), (0x401, 0x407), (0x451, 0x457)), ((0x386, 0x3CE),)
_LATIN = (
    _Candidate("cp1252", _among(_WESTERN)),
    _Candidate("cp1250", _among("ąćęłńóśźżáčďéěíňřšťúůýžőűöüäăâîșțşţôß")),
    _Candidate("cp1254", _among("çğıöşüâîûİ")),
    _Candidate("iso8859-15", _among(_WESTERN)),
    _Candidate("cp850", _among(_WESTERN)),
    _Candidate("mac-roman", _among(_WESTERN)),
    _Candidate("cp1257", _among("āčēģīķļņšūžąęėįųõäöü")),
    _Candidate("cp852", _among("ąćęłńóśźżáčďéěíňřšťúůýžőűöü")),
)
_OTHERS = (
    _Candidate("cp1251", _between(*_CYRILLIC)),
    _Candidate("koi8-r", _between(*_CYRILLIC)),
    _Candidate("cp866", _between(*_CYRILLIC)),
    _Candidate("cp1253", _between(*_GREEK)),
    _Candidate("euc-kr", _between(_HANGUL)),
    _Candidate("gb18030", _led_by("gb18030", 0xB0, 0xD7)),
    _Candidate("big5", _led_by("big5", 0xA4, 0xC6)),
    _Candidate("shift_jis", _japanese),
    _Candidate("euc-jp", _japanese),
    _Candidate("cp1255", _between((0x5D0, 0x5EA))),
    _Candidate("cp1256", _between((0x621, 0x64A), (0x67E, 0x6AF))),
)


def likely_encoding(sample: bytes) -> str:
    """The most likely encoding; Western European (cp1252) where nothing speaks for another."""
    runs = [len(run) for run in _RUN.findall(sample)]
    latin = not runs or sum(runs) / len(runs) <= RUN_BYTES_LATIN_MAX
    first, second = (_LATIN, _OTHERS) if latin else (_OTHERS, _LATIN)
    best = _best(first, sample)
    if best is None or best[1] < SCORE_SURE:
        best = max(
            (each for each in (best, _best(second, sample)) if each is not None), key=lambda each: each[1], default=None
        )
    return "cp1252" if best is None else best[0]


def _best(candidates: Sequence[_Candidate], sample: bytes) -> tuple[str, float] | None:
    best: tuple[str, float] | None = None
    for candidate in candidates:
        found = _score(candidate, sample)
        if found > (0.0 if best is None else best[1] + 0.01):
            best = (candidate.encoding, found)
    return best


def _score(candidate: _Candidate, sample: bytes) -> float:
    """Which part of the characters beyond ASCII is usual in what this encoding is for; 0 where some bytes are none of it."""
    text = _decoded(sample, candidate.encoding)
    if text is None:
        return 0.0
    usual, count = 0.0, 0
    for place, character in enumerate(text[:LOOKED_AT_CHARACTERS_MAX]):
        if character.isascii():
            continue
        count += 1
        if how_usual := candidate.usual(character):
            usual += how_usual * _sits_well(text, place)
        elif character in SYMBOLS:
            inside = text[place - 1 : place].isalpha() and text[place + 1 : place + 2].isalpha()
            usual += 0.0 if inside and character != APOSTROPHE else 0.9
    return usual / count if count else 0.0


def _sits_well(text: str, place: int) -> float:
    """Letters stand in words, and capitals at the beginning of one, or where all are."""
    before, after = text[place - 1 : place], text[place + 1 : place + 2]
    if not before.isalpha() and not after.isalpha():
        return 0.5
    inside = text[place].isupper() and before.isalpha() and (before.islower() or after.islower())
    return 0.5 if inside else 1.0


def _decoded(sample: bytes, encoding: str) -> str | None:
    """The sample as text; its last bytes may be the beginning of a character."""
    for cut in range(4):
        try:
            return sample[: len(sample) - cut].decode(encoding)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - 4:
                return None
    return None
