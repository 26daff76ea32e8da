"""Tables of a page that is only placed words: rows side by side whose cells stand in the same columns.

Rules and frames say little: in real invoices they enclose addresses and whole pages, while the lines of the invoice have none.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import mean

from runner.actions.extract_text.text_lines import COLUMN_GAP_EM, Word, line_text, rows_of

ROWS_MIN = 2
COLUMNS_MIN = 2
ROW_DISTANCE_EM = 4.0  # Rows further apart belong to different tables.
WRAP_DISTANCE_EM = 1.8  # A single cell this close below a row goes on with what stands there.
CELL_CHARACTERS_MEAN_MAX = 60  # Longer ones are text in columns.
NEAR_EM = 0.5


@dataclass(frozen=True, slots=True)
class Cell:
    """Words that stand together on one line."""

    text: str
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of one line, from left to right."""

    cells: tuple[Cell, ...]
    base: float
    size: float


def tables_of(words: Sequence[Word]) -> list[list[list[str]]]:
    """The tables from top to bottom, each as rows of texts."""
    tables = []
    for block in _blocks([_row(line) for line in rows_of(words)]):
        table = _table(block)
        if table is not None:
            tables.append(table)
    return tables


def _row(line: list[Word]) -> Row:
    size = max(word.size for word in line)
    line = sorted(line, key=lambda word: word.left)
    groups: list[list[Word]] = [[line[0]]]
    for before, word in pairwise(line):
        if word.left - before.right > COLUMN_GAP_EM * max(before.size, word.size):
            groups.append([])
        groups[-1].append(word)
    cells = tuple(
        Cell(line_text(group, group[0].left, 1.0), group[0].left, max(word.right for word in group)) for group in groups
    )
    return Row(cells, line[0].base, size)


def _blocks(rows: Sequence[Row]) -> list[list[Row]]:
    """Runs of rows that have several cells, with single cells that go on with the row above."""
    blocks: list[list[Row]] = []
    block: list[Row] = []
    for row in rows:
        distance = row.base - block[-1].base if block else 0.0
        together = block and distance <= ROW_DISTANCE_EM * max(row.size, block[-1].size)
        if (together and len(row.cells) >= COLUMNS_MIN and _share_columns(block, row)) or (
            together and len(row.cells) == 1 and distance <= WRAP_DISTANCE_EM * row.size and _goes_on(block, row)
        ):
            block.append(row)
        else:
            blocks.append(block)
            block = [row] if len(row.cells) >= COLUMNS_MIN else []
    blocks.append(block)
    return [one for one in blocks if sum(len(row.cells) >= COLUMNS_MIN for row in one) >= ROWS_MIN]


def _share_columns(block: Sequence[Row], row: Row) -> bool:
    """Whether at least two cells stand below, or end below, cells of the row before."""
    above = next(before for before in reversed(block) if len(before.cells) >= COLUMNS_MIN)
    near = NEAR_EM * max(row.size, above.size)
    shared = sum(any(_overlap(cell, other) > -near for other in above.cells) for cell in row.cells)
    return shared >= COLUMNS_MIN


def _goes_on(block: Sequence[Row], row: Row) -> bool:
    (cell,) = row.cells
    return any(abs(cell.left - other.left) <= NEAR_EM * row.size for other in block[-1].cells)


def _overlap(cell: Cell, other: Cell) -> float:
    return min(cell.right, other.right) - max(cell.left, other.left)


def _table(block: Sequence[Row]) -> list[list[str]] | None:
    whole = [row for row in block if len(row.cells) >= COLUMNS_MIN]
    columns = _columns(whole)
    if (
        len(columns) < COLUMNS_MIN
        or mean(len(cell.text) for row in whole for cell in row.cells) > CELL_CHARACTERS_MEAN_MAX
    ):
        return None
    table: list[list[str]] = []
    for row in block:
        texts = [""] * len(columns)
        for cell in row.cells:
            place = _column_of(cell, columns)
            texts[place] = f"{texts[place]} {cell.text}".strip()
        if len(row.cells) == 1 and table:
            table[-1] = [
                f"{above}\n{below}" if above and below else above or below
                for above, below in zip(table[-1], texts, strict=True)
            ]
        else:
            table.append(texts)
    return table


def _columns(rows: Sequence[Row]) -> list[tuple[float, float]]:
    """The places of the columns: cells over one another make one, those that lie over several of another row do not."""
    gaps = _Gaps(rows)
    cells = sorted(
        (cell for row in rows for cell in row.cells if not gaps.any_inside(cell)), key=lambda cell: cell.left
    )
    columns: list[tuple[float, float]] = []
    for cell in cells:
        if columns and cell.left < columns[-1][1]:
            columns[-1] = columns[-1][0], max(columns[-1][1], cell.right)
        else:
            columns.append((cell.left, cell.right))
    return columns


class _Gaps:
    """The gaps between cells side by side, of all rows: a cell that lies over one lies over two cells of that row."""

    def __init__(self, rows: Sequence[Row]) -> None:
        gaps = sorted((one.right, other.left) for row in rows for one, other in pairwise(row.cells))
        self._begins = [begin for begin, _ in gaps]
        # Of each gap and those that begin further right: the end that lies furthest left.
        self._ends = list(accumulate((end for _, end in reversed(gaps)), min))[::-1]

    def any_inside(self, cell: Cell) -> bool:
        place = bisect_right(self._begins, cell.left)
        return place < len(self._ends) and self._ends[place] < cell.right


def _column_of(cell: Cell, columns: Sequence[tuple[float, float]]) -> int:
    def distance(place: int) -> float:
        left, right = columns[place]
        return max(left, cell.left) - min(right, cell.right)

    return min(range(len(columns)), key=distance)
