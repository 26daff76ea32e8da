"""Reads Word, PowerPoint and Excel documents: pages, slides and sheets as pages, and their tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import office_oxide

from runner.actions.extract_text.found import Found, Gathering, Limits, Wanted, broken, plain, tidy, too_large
from runner.actions.extract_text.recognise import SHEETS, SLIDES, WORD
from runner.actions.extract_text.zipped import Parts

Element = Mapping[str, Any]

_FORMATS: dict[str, Literal["docx", "pptx", "xlsx"]] = {WORD: "docx", SLIDES: "pptx", SHEETS: "xlsx"}
_HEADERS = ("first_page_header", "header", "even_page_header")
_FOOTERS = ("first_page_footer", "footer", "even_page_footer")
_NEW_PAGE = frozenset({"next_page", "even_page", "odd_page"})
_TIME_OF_DAY = re.compile(r"^[^dy]*h[^dy]*$", re.IGNORECASE)
SECONDS_A_DAY = 86_400
SPAN_COLUMNS_MAX = 1_000
_CUT = re.compile(r"\[[^\]\n]*(?: not shown | truncated: | truncated at )[^\]\n]*\]")
"""What the library writes in the place of what it leaves out: rows of a sheet beyond 10,000, what is nested too deep."""


def read_office(data: bytes, media_type: str, parts: Parts, wanted: Wanted, limits: Limits) -> Found:
    """The document; refused with DOCUMENT_BROKEN, TOO_LARGE or NO_TEXT."""
    parts.measure()  # The library unpacks whatever there is.
    try:
        document = office_oxide.Document.from_bytes(data, _FORMATS[media_type]).to_ir()
    except office_oxide.OfficeOxideError as error:
        raise broken("an Office document", "it is damaged") from error
    read = {WORD: _read_word, SLIDES: _read_slides, SHEETS: _read_sheets}[media_type]
    gathering = Gathering(limits)
    read(document["sections"], gathering, _Tables(gathering) if wanted.tables else None)
    return gathering.found(media_type)


class _Tables:
    """The tables of the page under way; which page that is, is known when it is whole."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._waiting: list[list[list[str]]] = []

    def take(self, rows: list[list[str]]) -> None:
        self._waiting.append(rows)

    def stand_on(self, page: int, name: str | None = None) -> None:
        for rows in self._waiting:
            self._gathering.add_table(page, rows, name)
        self._waiting.clear()


def _read_word(sections: Sequence[Element], gathering: Gathering, tables: _Tables | None) -> None:
    lines: list[str] = []

    def end_page() -> None:
        page = gathering.add_page(tidy("\n".join(lines)))
        lines.clear()
        if tables is not None:
            tables.stand_on(page)

    shown: set[str] = set()
    for number, section in enumerate(sections):
        if number and section.get("break_type") in _NEW_PAGE:
            end_page()
        lines += _around(section, _HEADERS, shown)
        for element in section["elements"]:
            if element["type"] == "page_break":
                end_page()
            else:
                lines += _lines(element, tables)
        lines += _around(section, _FOOTERS, shown)
    end_page()


def _around(section: Element, names: Sequence[str], shown: set[str]) -> list[str]:
    """Headers or footers, each once where it is first used."""
    found: list[str] = []
    for name in names:
        text = _text((section.get(name) or {}).get("content", ()))
        if text and text not in shown:
            shown.add(text)
            found.append(text)
    return found


def _read_slides(sections: Sequence[Element], gathering: Gathering, tables: _Tables | None) -> None:
    for section in sections:
        lines = [line for element in section["elements"] for line in _lines(element, tables)]
        notes = _text(section.get("speaker_notes") or ())
        page = gathering.add_page(tidy("\n".join([*lines, "", notes])))
        if tables is not None:
            tables.stand_on(page)


def _read_sheets(sections: Sequence[Element], gathering: Gathering, tables: _Tables | None) -> None:
    for section in sections:
        lines = [line for element in section["elements"] for line in _lines(element, tables)]
        page = gathering.add_page(tidy("\n".join(lines)))
        if tables is not None:
            tables.stand_on(page, plain(section.get("title") or "") or None)


def _text(elements: Sequence[Element]) -> str:
    return "\n".join(line for element in elements for line in _lines(element, None)).strip("\n")


def _lines(element: Element, tables: _Tables | None) -> Iterator[str]:
    """The lines of a block; its tables are taken to the others."""
    match element["type"]:
        case "table":
            rows = list(_rows(element))
            if tables is not None:
                tables.take(rows)
            yield from ("\t".join(cell.replace("\n", " ") for cell in row).rstrip() for row in rows)
        case "list":
            for item in element["items"]:
                yield from _lines_in(item["content"], tables)
                if item.get("nested"):
                    yield from _lines(item["nested"], tables)
        case _:
            content = element.get("content") or ()
            if isinstance(content, str):
                yield plain(content)
            elif content and content[0]["type"] in _INLINE:
                line = "".join(_INLINE.get(part["type"], _nothing)(part) for part in content)
                if _CUT.fullmatch(line):
                    raise too_large(
                        "sheets of at most 10,000 rows, with nothing nested very deep", f"it has more: {line[1:-1]}"
                    )
                yield line
            elif content:
                yield from _lines_in(content, tables)
            else:
                yield ""


def _lines_in(elements: Sequence[Element], tables: _Tables | None) -> Iterator[str]:
    for element in elements:
        yield from _lines(element, tables)


def _nothing(_: Element) -> str:
    return ""


_INLINE: dict[str, Callable[[Element], str]] = {
    "text": lambda part: plain(part["text"]),
    "line_break": lambda _: "\n",
    "footnote_ref": _nothing,
    "endnote_ref": _nothing,
    "comment_start": _nothing,
    "comment_ref": _nothing,
    "image": _nothing,
}


def _rows(table: Element) -> Iterator[list[str]]:
    """The cells of each row; one that lies over several columns stands in the first of them."""
    for row in table["rows"]:
        cells: list[str] = []
        for cell in row["cells"]:
            cells.append(_cell(cell))
            cells += [""] * (min(cell.get("col_span", 1), SPAN_COLUMNS_MAX) - 1)
        yield cells


def _cell(cell: Element) -> str:
    shown = cell.get("number_format", "")
    number = cell.get("raw_number")
    # The library shows a time without a date as the part of the day that it is.
    if cell.get("data_type") == "number" and number is not None and 0 <= number < 1 and _TIME_OF_DAY.match(shown):
        seconds = round(number * SECONDS_A_DAY) % SECONDS_A_DAY
        return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return _text(cell["content"])
