"""What is asked of a document, what was found in it, and why nothing was; without any library, so that everyone may import it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

MEBIBYTE = 1024 * 1024
PAGE_BREAK = "\n\f\n"
"""What parts the pages in the whole text: a form feed on a line of its own, as `pdftotext` has it."""

OCR_NEEDED = "OCR_NEEDED"
"""The refusal of a document that was only asked whether it can do without."""
Ocr = Literal["when_needed", "never", "ask"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much of a document is read before it is refused as too large."""

    file_bytes: int = 50 * MEBIBYTE
    pages: int = 500
    text_characters: int = 2_000_000
    table_cells: int = 200_000
    unpacked_bytes: int = 256 * MEBIBYTE  # of what is packed in a document, all its parts together
    parts: int = 5_000  # files packed in a document
    scanned_pages: int = 50  # pages that are read by OCR
    levels: int = 3  # e-mails that are attached to e-mails


USUAL_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the task asks for, and what is known of the file beside its content."""

    name: str = ""
    media_type: str = ""
    tables: bool = True
    ocr: Ocr = "when_needed"
    languages: tuple[str, ...] = ("eng",)


@dataclass(frozen=True, slots=True)
class Table:
    """A table: the page it stands on, counted from 1, what it is called, and its rows, each a list of texts."""

    page: int
    rows: tuple[tuple[str, ...], ...]
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in an e-mail: where its text stands among the pages, or why it was not read."""

    name: str
    media_type: str
    first_page: int | None = None
    pages: int = 0
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The text of each page, and what else a document holds."""

    media_type: str
    pages: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    scanned: tuple[int, ...] = ()  # pages that were read by OCR

    @property
    def text(self) -> str:
        """All pages."""
        return PAGE_BREAK.join(self.pages)


class DocumentRefused(Exception):
    """A document that gives no text: the code is stable, the message says what was expected."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(slots=True)
class Gathering:
    """Pages and tables as they are found, counted against the limits."""

    limits: Limits
    pages: list[str] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    scanned: list[int] = field(default_factory=list)
    characters: int = 0
    cells: int = 0

    def add_page(self, text: str) -> int:
        """Takes a page; gives its number."""
        if len(self.pages) >= self.limits.pages:
            raise too_large(f"at most {self.limits.pages} pages", "it has more")
        self.count_text(len(text))
        self.pages.append(text)
        return len(self.pages)

    def count_text(self, characters: int) -> None:
        """Counts text before it is put together."""
        self.characters += characters
        if self.characters > self.limits.text_characters:
            raise too_large(f"at most {self.limits.text_characters} characters of text", "it has more")

    def add_table(self, page: int, rows: list[list[str]], name: str | None = None) -> None:
        """Takes a table; rows are made equally long, and one without any text is none."""
        width = max(map(len, rows), default=0)
        if not any(cell.strip() for row in rows for cell in row):
            return
        self.cells += width * len(rows)
        if self.cells > self.limits.table_cells:
            raise too_large(f"at most {self.limits.table_cells} cells of tables", "it has more")
        self.tables.append(Table(page, tuple(tuple(row) + ("",) * (width - len(row)) for row in rows), name))

    def add(self, found: Found) -> int:
        """Takes all of another document, behind what is there; gives its first page."""
        before = len(self.pages)
        for text in found.pages:
            self.add_page(text)
        for table in found.tables:
            self.add_table(before + table.page, [list(row) for row in table.rows], table.name)
        self.scanned += [before + page for page in found.scanned]
        return before + 1

    def found(self, media_type: str, attachments: tuple[Attachment, ...] = ()) -> Found:
        """What was found; a document without any text is refused."""
        if not any(text.strip() for text in self.pages):
            raise DocumentRefused("NO_TEXT", "Expected a document with text, but it holds none.")
        return Found(media_type, tuple(self.pages), tuple(self.tables), attachments, tuple(self.scanned))


def too_large(most: str, found: str) -> DocumentRefused:
    """The refusal of a document that is over a limit."""
    return DocumentRefused("TOO_LARGE", f"Expected a document of {most}, but {found}.")


def broken(what: str, why: str) -> DocumentRefused:
    """The refusal of a document that is not what it seems to be."""
    return DocumentRefused("DOCUMENT_BROKEN", f"Expected {what}, but {why}.")


def encrypted(what: str) -> DocumentRefused:
    """The refusal of a document that opens with a password only."""
    return DocumentRefused("DOCUMENT_ENCRYPTED", f"Expected {what} that opens without a password, but it is encrypted.")


_STRANGE: dict[int, str | None] = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}
_STRANGE |= dict.fromkeys((*range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")


def plain(text: str) -> str:
    """Text as a value may hold it: without control characters and lone surrogates, lines ended by a line feed."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_STRANGE)


def tidy(text: str) -> str:
    """Plain text without spaces at the ends of lines and with at most one empty line in a row."""
    return "\n".join(_tidied(plain(text))).strip("\n")


def _tidied(text: str) -> Iterator[str]:
    empty = False
    for line in text.split("\n"):
        kept = line.rstrip()
        if kept or not empty:
            yield kept
        empty = not kept


def form(found: Found) -> dict[str, Any]:
    """What was found, as JSON."""
    return {
        "media_type": found.media_type,
        "pages": found.pages,
        "tables": [(table.page, table.rows, table.name) for table in found.tables],
        "attachments": [
            (one.name, one.media_type, one.first_page, one.pages, one.problem) for one in found.attachments
        ],
        "scanned": found.scanned,
    }


def of_form(fields: dict[str, Any]) -> Found:
    """What was found, from its JSON."""
    return Found(
        fields["media_type"],
        tuple(fields["pages"]),
        tuple(Table(page, tuple(map(tuple, rows)), name) for page, rows, name in fields["tables"]),
        tuple(Attachment(*one) for one in fields["attachments"]),
        tuple(fields["scanned"]),
    )
