"""Reads an HTML document: what it shows as lines, and its tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

from runner.actions.extract_text.found import Found, Gathering, Limits, Wanted, tidy, too_large
from runner.actions.extract_text.recognise import HTML, MARKUP_BYTES_MAX

NODES_MAX = 1_000_000
_CHARSET = re.compile(rb"<meta[^>]+charset\s*=\s*[\"']?\s*([A-Za-z0-9_.:-]+)", re.IGNORECASE)
_UNSHOWN = frozenset({"script", "style", "template", "noscript", "svg", "math", "iframe", "object", "select", "head"})
_LINES = frozenset(
    [
        "address",
        "article",
        "aside",
        "blockquote",
        "body",
        "center",
        "dd",
        "details",
        "dialog",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
        "html",
        "legend",
        "li",
        "main",
        "nav",
        "ol",
        "p",
        "pre",
        "section",
        "summary",
        "tr",
        "ul",
        "caption",
        "table",
        "thead",
        "tbody",
        "tfoot",
        "title",
    ]
)
_APART = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "dl", "blockquote", "pre"})
_CELLS = frozenset({"td", "th"})
_SPACE = re.compile(r"[ \t\r\n\f]+")
TEXT, OPEN, CLOSE = "-text", "open", "close"


def read_html(data: bytes, wanted: Wanted, limits: Limits, charset: str | None = None) -> Found:
    """The document as one page; refused with TOO_LARGE or NO_TEXT."""
    tree = LexborHTMLParser(_decoded(data, charset))
    gathering = Gathering(limits)
    page = gathering.add_page(_text(tree.root))
    if wanted.tables:
        for table in tree.css("table"):
            if all(inner.mem_id == table.mem_id for inner in table.css("table")):
                gathering.add_table(page, [list(_cells(row)) for row in table.css("tr")])
    return gathering.found(HTML)


def _decoded(data: bytes, charset: str | None) -> str:
    """The text, by its byte order mark, else as it was said beside or inside it, else UTF-8 or what browsers take instead."""
    for mark, marked in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(marked, "replace")
    said = _CHARSET.search(data[:MARKUP_BYTES_MAX])
    for encoding in (charset, said[1].decode("ascii") if said else None, "utf-8"):
        try:
            return data.decode(encoding or "utf-8")
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", "replace")


def _text(root: LexborNode | None) -> str:
    """What the nodes show, blocks on lines of their own and the cells of a row parted by tabs."""
    lines = _Lines()
    for step, node in _walked(root):
        tag = node.tag or ""
        if tag == TEXT:
            if step == OPEN:
                lines.write(node.text_content or "", preformatted=_is_preformatted(node))
        elif tag == "br":
            if step == OPEN:
                lines.break_line()
        elif tag in _LINES:
            lines.part(2 if tag in _APART else 1)
        elif tag in _CELLS and step == CLOSE:
            lines.end_cell()
    return tidy(
        "\n".join("\t".join(cell.strip() for cell in line.split("\t")).rstrip() for line in lines.text.split("\n"))
    )


class _Lines:
    """Text as it is written, with as many line ends between two pieces as the blocks between them ask for."""

    def __init__(self) -> None:
        self._written: list[str] = []
        self._apart = 0

    @property
    def text(self) -> str:
        return "".join(self._written)

    def write(self, text: str, *, preformatted: bool) -> None:
        shown = text if preformatted else _SPACE.sub(" ", text)
        if self._apart and not shown.strip():
            return
        self._written.append("\n" * self._apart + shown)
        self._apart = 0

    def break_line(self) -> None:
        self._written.append("\n" * (self._apart + 1))
        self._apart = 0

    def part(self, lines: int) -> None:
        self._apart = max(self._apart, lines)

    def end_cell(self) -> None:
        self._written.append("\n" * self._apart + "\t")
        self._apart = 0


def _is_preformatted(node: LexborNode) -> bool:
    parent = node.parent
    while parent is not None and parent.tag not in _LINES:
        parent = parent.parent
    return parent is not None and parent.tag == "pre"


def _walked(root: LexborNode | None) -> Iterator[tuple[str, LexborNode]]:
    """Each node as it opens and as it closes, without those that nobody sees; never by recursion, however deep it is."""
    node, depth, count = root, 0, 0
    while node is not None:
        count += 1
        if count > NODES_MAX:
            raise too_large(f"at most {NODES_MAX} elements", "it has more")
        child = None
        if not _is_hidden(node):
            yield OPEN, node
            child = node.first_child
        if child is not None:
            node, depth = child, depth + 1
            continue
        while node is not None:
            if not _is_hidden(node):
                yield CLOSE, node
            following = node.next if depth else None
            if following is not None:
                node = following
                break
            node, depth = (node.parent if depth else None), depth - 1


def _is_hidden(node: LexborNode) -> bool:
    if node.tag in _UNSHOWN:
        return True
    if node.tag == TEXT or not (node.tag or "").isalnum():
        return node.tag != TEXT
    attributes = node.attributes
    if "hidden" in attributes:
        return True
    style = (attributes.get("style") or "").replace(" ", "").lower()
    return "display:none" in style


def _cells(row: LexborNode) -> Iterator[str]:
    for cell in row.iter():
        if cell.tag in _CELLS:
            yield _text(cell)
            span = cell.attributes.get("colspan") or ""
            yield from [""] * (min(int(span), 100) - 1 if span.isdecimal() and span.isascii() else 0)
