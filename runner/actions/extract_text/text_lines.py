"""Visual lines from placed glyphs: what stands on one line of the page stands on one line of the text."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import NamedTuple

WORD_GAP_EM = 0.15  # A gap wider than this ends a word; a space is a quarter of the letters' height or so.
COLUMN_GAP_EM = 0.9  # A gap wider than this is a column border, shown by two spaces or more.
SAME_LINE_OVERLAP = 0.5  # The share of the lower word that must lie beside the other.
DOUBLED_GLYPH_EM = 0.08  # The same glyph drawn again this close is a poor man's bold.
DOUBLED_CELL_POINTS = 2.0
BLANK_LINE_EM = 2.2  # A distance of baselines above this is shown by an empty line.
LINE_COLUMNS_MAX = 300  # Beyond this, distance is no longer shown.
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")


class Glyph(NamedTuple):
    """One character at its place on the upright page: x to the right, base downwards, size the font's height."""

    text: str
    left: float
    right: float
    base: float
    size: float


@dataclass(slots=True)
class Word:
    """Glyphs that stand together on one baseline."""

    text: str
    left: float
    right: float
    base: float
    size: float
    after_space: bool


def lines_of(glyphs: Iterable[Glyph]) -> list[str]:
    """Text lines from top to bottom; the place on the page is kept by spaces, as far as a line of text can."""
    return lines_of_words(words_of(glyphs))


def lines_of_words(words: Sequence[Word]) -> list[str]:
    """The same of words whose places are known."""
    if not words:
        return []
    left = min(word.left for word in words)
    column = median(max(word.right - word.left, 0.1) / len(word.text) for word in words)
    result: list[str] = []
    last_base: float | None = None
    for line in rows_of(words):
        base, size = line[0].base, max(word.size for word in line)
        if last_base is not None and base - last_base > BLANK_LINE_EM * size:
            result.append("")
        last_base = base
        result.append(line_text(line, left, column))
    return result


def words_of(glyphs: Iterable[Glyph]) -> list[Word]:
    """Words in the order of the file; spaces, gaps and changes of the baseline end a word."""
    words: list[Word] = []
    word: Word | None = None
    space = False
    drawn = _Drawn()
    for glyph in glyphs:
        if glyph.text.isspace():
            word, space = None, True
            continue
        if drawn.again(glyph):
            continue
        if word is not None and _continues(word, glyph):
            word.text += glyph.text
            word.left, word.right = min(word.left, glyph.left), max(word.right, glyph.right)
            word.size = max(word.size, glyph.size)
        else:
            word = Word(glyph.text, glyph.left, glyph.right, glyph.base, glyph.size, space)
            words.append(word)
        space = False
    return words


class _Drawn:
    """The glyphs drawn so far by the cell they lie in, to leave out those that are drawn twice."""

    def __init__(self) -> None:
        self._cells: dict[tuple[str, int, int], tuple[float, float]] = {}

    def again(self, glyph: Glyph) -> bool:
        """Whether the same glyph was drawn here before; notes it if not."""
        x, y = round(glyph.left / DOUBLED_CELL_POINTS), round(glyph.base / DOUBLED_CELL_POINTS)
        near = DOUBLED_GLYPH_EM * glyph.size
        for dx in (0, -1, 1):
            for dy in (0, -1, 1):
                place = self._cells.get((glyph.text, x + dx, y + dy))
                if place and abs(place[0] - glyph.left) < near and abs(place[1] - glyph.base) < near:
                    return True
        self._cells[glyph.text, x, y] = (glyph.left, glyph.base)
        return False


def _continues(word: Word, glyph: Glyph) -> bool:
    if abs(glyph.base - word.base) > 0.2 * max(word.size, glyph.size):
        return False
    gap_max = WORD_GAP_EM * max(word.size, glyph.size)
    if RIGHT_TO_LEFT.match(glyph.text):
        return -gap_max < word.left - glyph.right < gap_max
    return -gap_max < glyph.left - word.right < gap_max


def rows_of(words: Sequence[Word]) -> list[list[Word]]:
    """Words side by side, each row in reading order; the first word of a row alone says where the row lies."""
    rows: list[list[Word]] = []
    for word in sorted(words, key=lambda word: (word.base, word.left)):
        if rows and _beside(rows[-1][0], word):
            rows[-1].append(word)
        else:
            rows.append([word])
    for row in rows:
        letters = "".join(word.text for word in row)
        backwards = 2 * len(RIGHT_TO_LEFT.findall(letters)) > len(letters)
        row.sort(key=lambda word: word.left, reverse=backwards)
    return rows


def _beside(first: Word, word: Word) -> bool:
    top = max(first.base - 0.75 * first.size, word.base - 0.75 * word.size)
    bottom = min(first.base + 0.2 * first.size, word.base + 0.2 * word.size)
    return bottom - top >= SAME_LINE_OVERLAP * 0.95 * min(first.size, word.size)


def line_text(row: Sequence[Word], left: float, column: float) -> str:
    """One row as text; columns stand where they stand on the page unless the text before them is too long."""
    text = row[0].text.rjust(min(round((row[0].left - left) / column) + len(row[0].text), LINE_COLUMNS_MAX))
    backwards = row[0].left > row[-1].left
    for before, word in pairwise(row):
        gap = before.left - word.right if backwards else word.left - before.right
        size = max(before.size, word.size)
        if gap > COLUMN_GAP_EM * size:
            place = 0 if backwards else min(round((word.left - left) / column), LINE_COLUMNS_MAX)
            text = text.ljust(max(place, len(text) + 2))
        elif word.after_space or abs(gap) > WORD_GAP_EM * size / 2:
            text += " "
        text += word.text
    return text
