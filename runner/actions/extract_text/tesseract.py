"""Text of pictures, by tesseract where it is installed: a program of its own, fed through a pipe, which ends with its parent."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from runner.actions.extract_text.found import DocumentRefused, plain
from runner.actions.extract_text.text_lines import Word, lines_of_words
from runner.actions.extract_text.worker import end_with_parent

PROGRAM = "tesseract"
PAGE_SECONDS_MAX = 120.0
LIST_SECONDS_MAX = 10.0
CONFIDENCE_MIN = 10.0  # Below this, tesseract takes specks and rules for letters.
COLUMNS = 12
LINE_LEVEL, WORD_LEVEL = 4, 5
BASELINE = 0.8  # How far down a line its letters stand.
_INSTALL = "install it where runners run (Debian: apt-get install tesseract-ocr)"


def read_picture_text(picture: bytes, languages: Sequence[str]) -> list[str]:
    """The text of each page of a picture, line by visual line, in any of these languages."""
    require(languages)
    command = [PROGRAM, "-", "-", "-l", "+".join(languages), "--psm", "1", "tsv"]
    try:
        done = subprocess.run(
            command,
            input=picture,
            capture_output=True,
            timeout=PAGE_SECONDS_MAX,
            check=False,
            env={"OMP_THREAD_LIMIT": "1", "LANG": "C.UTF-8", "PATH": _path()},
            preexec_fn=end_with_parent,
        )
    except subprocess.TimeoutExpired as error:
        message = f"Expected to read a page by OCR within {PAGE_SECONDS_MAX:g} s, but it took longer."
        raise DocumentRefused("DOCUMENT_TIMEOUT", message) from error
    if done.returncode != 0:
        raise DocumentRefused("OCR_FAILED", "Expected a picture that tesseract can read, but it cannot.")
    return [_text(lines) for lines in _pages(done.stdout.decode("utf-8", "replace"))]


def require(languages: Sequence[str]) -> None:
    """Refuses where tesseract or one of these languages is not installed."""
    if shutil.which(PROGRAM, path=_path()) is None:
        message = f"Expected {PROGRAM} to read the text of pictures, but it is not installed: {_INSTALL}."
        raise DocumentRefused("OCR_NOT_INSTALLED", message)
    if not _installed().issuperset(languages):
        _installed.cache_clear()  # It may have been installed meanwhile.
    missing = [language for language in languages if language not in _installed()]
    if missing:
        packages = " ".join(f"tesseract-ocr-{language.replace('_', '-')}" for language in missing)
        message = (
            f"Expected {PROGRAM} to know {', '.join(missing)}, but it is not installed: "
            f"install it where runners run (Debian: apt-get install {packages})."
        )
        raise DocumentRefused("OCR_LANGUAGE_MISSING", message)


@functools.cache
def _installed() -> frozenset[str]:
    done = subprocess.run(
        [PROGRAM, "--list-langs"],
        capture_output=True,
        timeout=LIST_SECONDS_MAX,
        check=False,
        text=True,
        env={"PATH": _path()},
    )
    return frozenset(done.stdout.split("\n")[1:]) | frozenset(done.stderr.split("\n")[1:])


def _path() -> str:
    return os.environ.get("PATH", os.defpath)


@dataclass(frozen=True, slots=True)
class _Box:
    left: int
    top: int
    width: int
    height: int

    @property
    def center(self) -> tuple[float, float]:
        return self.left + self.width / 2, self.top + self.height / 2


@dataclass(slots=True)
class _Line:
    box: _Box
    words: list[tuple[str, _Box]] = field(default_factory=list)


def _pages(table: str) -> list[list[_Line]]:
    pages: dict[int, list[_Line]] = {}
    for row in table.split("\n")[1:]:
        columns = row.split("\t")
        if len(columns) != COLUMNS:
            continue
        level, page, *_, left, top, width, height = map(int, columns[:10])
        box = _Box(left, top, width, height)
        lines = pages.setdefault(page, [])
        if level == LINE_LEVEL:
            lines.append(_Line(box))
        elif level == WORD_LEVEL and lines and float(columns[10]) >= CONFIDENCE_MIN and columns[11].strip():
            lines[-1].words.append((plain(columns[11]).strip(), box))
    return [pages[number] for number in sorted(pages)]


def _text(lines: list[_Line]) -> str:
    turns = _turns(lines)
    words = [_placed(turns, text, box, line.box) for line in lines for text, box in line.words]
    return "\n".join(lines_of_words(words))


def _turns(lines: list[_Line]) -> int:
    """By how many quarters the page lies turned, told by where the words of a line follow each other."""
    found: Counter[int] = Counter()
    for line in lines:
        for (_, before), (_, after) in pairwise(line.words):
            right, down = after.center[0] - before.center[0], after.center[1] - before.center[1]
            if abs(right) >= abs(down):
                found[0 if right > 0 else 2] += 1
            else:
                found[1 if down > 0 else 3] += 1
    # Words of a script that runs from right to left follow each other like those of a page on its head.
    return found.most_common(1)[0][0] if found else 0


def _placed(turns: int, text: str, box: _Box, line: _Box) -> Word:
    match turns:
        case 1:
            left, right, base, size = (
                box.top,
                box.top + box.height,
                -line.left - (1 - BASELINE) * line.width,
                line.width,
            )
        case 3:
            left, right = -box.top - box.height, -box.top
            base, size = line.left + BASELINE * line.width, line.width
        case 2:
            left, right = -box.left - box.width, -box.left
            base, size = -line.top - (1 - BASELINE) * line.height, line.height
        case _:
            left, right = box.left, box.left + box.width
            base, size = line.top + BASELINE * line.height, line.height
    return Word(text, left, right, base, size, after_space=True)
