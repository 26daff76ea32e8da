"""A design as an SVG picture that stands alone: no script, no link, nothing loaded; texts are escaped and cut."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from domain.workflows.design import Place
from domain.workflows.drawn_out.arrows import Arrow, arrows, printable, words
from domain.workflows.drawn_out.layout import BOX_HEIGHT, BOX_WIDTH, ROW_HEIGHT, lay_out
from domain.workflows.wiring import Wiring

MARGIN = 24.0
CHARACTERS_MAX = 26
END_WIDTH = 72.0
END_GAP = 56.0
RISE = 0.9 * ROW_HEIGHT
"""How far the handles of a long arrow lie above its ends: it then passes between two rows of boxes."""

_STYLE = (
    "rect{fill:#fff;stroke:#5b6472;stroke-width:1.2}.person rect{fill:#fff6e0}.choice rect{fill:#eaf1ff}"
    ".end rect{fill:#eef0f3}text{font:13px sans-serif;fill:#1b1f26;text-anchor:middle}"
    ".kind{font-size:11px;fill:#5b6472}path{fill:none;stroke:#5b6472;stroke-width:1.2;marker-end:url(#head)}"
    ".review,.compensation{stroke-dasharray:5 4}.route{stroke:#2456b3}.name{font-size:11px;fill:#2456b3}"
    "#head path{fill:#5b6472;stroke:none;marker-end:none}"
)
_ARROW = '<marker id="head" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
_HEAD = f'<style>{_STYLE}</style>\n<defs>{_ARROW}<path d="M0 0L8 4L0 8z"/></marker></defs>'
_CLASSES = {"decision": "choice", "human_decision": "choice", "human_review": "person", "human_task": "person"}


def draw_svg(wiring: Wiring) -> str:
    """The picture."""
    drawn = list(arrows(wiring))
    boxes = _boxes(wiring, drawn)
    left = min((place.x for place, _ in boxes.values()), default=0.0) - MARGIN
    rise = RISE if any(_ends(arrow, boxes)[2] for arrow in drawn) else 0.0
    top = min((place.y for place, _ in boxes.values()), default=0.0) - MARGIN - rise / 2
    width = max((place.x + wide for place, wide in boxes.values()), default=0.0) + MARGIN - left
    height = max((place.y + BOX_HEIGHT for place, _ in boxes.values()), default=0.0) + MARGIN - top
    size = f'viewBox="{left:g} {top:g} {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    lines, named = [_line(arrow, boxes) for arrow in drawn], [_name(arrow, boxes) for arrow in drawn if arrow.text]
    parts = (*lines, *_tasks(wiring, boxes), *named)
    return "\n".join((f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">', _HEAD, *parts, "</svg>\n"))


_Boxes = Mapping[str | None, tuple[Place, float]]
"""Place and width of each task; of the inputs under "", of the outputs under None."""


def _boxes(wiring: Wiring, drawn: list[Arrow]) -> _Boxes:
    places = lay_out(wiring)
    boxes: dict[str | None, tuple[Place, float]] = {name: (place, BOX_WIDTH) for name, place in places.items()}
    middle = (
        min((one.y for one in places.values()), default=0) + max((one.y for one in places.values()), default=0)
    ) / 2
    begin = min((one.x for one in places.values()), default=0.0) - END_GAP - END_WIDTH
    end = max((one.x for one in places.values()), default=0.0) + BOX_WIDTH + END_GAP
    if any(arrow.source is None for arrow in drawn):
        boxes[""] = (Place(x=begin, y=middle), END_WIDTH)
    if any(arrow.target is None for arrow in drawn):
        boxes[None] = (Place(x=end, y=middle), END_WIDTH)
    return boxes


def _tasks(wiring: Wiring, boxes: _Boxes) -> Iterator[str]:
    for name, (place, width) in boxes.items():
        if name and name in wiring.tasks:
            title, kind = words(wiring.tasks[name].task)
            yield _box(place, width, _CLASSES.get(kind, "task"), title, kind)
        else:
            yield _box(place, width, "end", "outputs" if name is None else "inputs", "")


def _box(place: Place, width: float, style: str, title: str, kind: str) -> str:
    middle = place.x + width / 2
    kind_text = f'<text class="kind" x="{middle:g}" y="{place.y + 46:g}">{_text(kind)}</text>' if kind else ""
    return (
        f'<g class="{style}"><title>{escape(printable(title))}</title>'
        f'<rect x="{place.x:g}" y="{place.y:g}" width="{width:g}" height="{BOX_HEIGHT:g}" rx="8"/>'
        f'<text x="{middle:g}" y="{place.y + (28 if kind else 37):g}">{_text(title)}</text>{kind_text}</g>'
    )


def _line(arrow: Arrow, boxes: _Boxes) -> str:
    (x1, y1), (x2, y2), rise = _ends(arrow, boxes)
    bend = max(abs(x2 - x1) / 2, 40.0)
    path = f"M{x1:g} {y1:g}C{x1 + bend:g} {y1 - rise:g} {x2 - bend:g} {y2 - rise:g} {x2:g} {y2:g}"
    return f'<path class="{arrow.meaning}" d="{path}"/>'


def _name(arrow: Arrow, boxes: _Boxes) -> str:
    (x1, y1), (x2, y2), rise = _ends(arrow, boxes)
    middle = (y1 + y2) / 2 - rise * 3 / 4  # where such a curve is at its middle
    return f'<text class="name" x="{(x1 + x2) / 2:g}" y="{middle - 4:g}">{_text(arrow.text)}</text>'


def _ends(arrow: Arrow, boxes: _Boxes) -> tuple[tuple[float, float], tuple[float, float], float]:
    """Where an arrow begins and ends, and how far it rises between: over the boxes it passes."""
    source, width = boxes[arrow.source or ""]
    target, _ = boxes[arrow.target]
    begin = (source.x + width, source.y + BOX_HEIGHT / 2)
    end = (target.x, target.y + BOX_HEIGHT / 2)
    return begin, end, RISE if abs(end[0] - begin[0]) > BOX_WIDTH else 0.0


def _text(text: str) -> str:
    shown = printable(text)
    return escape(shown if len(shown) <= CHARACTERS_MAX else f"{shown[: CHARACTERS_MAX - 1]}…")
