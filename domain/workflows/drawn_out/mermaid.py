"""A design as a Mermaid flowchart, for documents and chats that draw it."""

from __future__ import annotations

from domain.workflows.drawn_out.arrows import Arrow, arrows, printable, words
from domain.workflows.wiring import Wiring

_SHAPES = {
    "decision": ("{", "}"),
    "human_decision": ("{", "}"),
    "human_review": ("([", "])"),
    "human_task": ("([", "])"),
    "execute_workflow": ("[[", "]]"),
}
_LINES = {"value": "-->", "route": "-->", "review": "-.->", "compensation": "-.->"}
_ESCAPED = {ord(character): f"#{ord(character)};" for character in '"#<>&;\\`|{}[]()'}


def draw_mermaid(wiring: Wiring) -> str:
    """The text of the flowchart; no text of a builder can be anything but text in it."""
    drawn = list(arrows(wiring))
    lines = ["flowchart LR"]
    if any(arrow.source is None for arrow in drawn):
        lines.append('  inputs(("inputs"))')
    for name, wired in wiring.tasks.items():
        title, kind = words(wired.task)
        opened, closed = _SHAPES.get(kind, ("[", "]"))
        lines.append(f'  {_id(name)}{opened}"{_text(title)}<br/><i>{_text(kind)}</i>"{closed}')
    if any(arrow.target is None for arrow in drawn):
        lines.append('  outputs(("outputs"))')
    lines += [_line(arrow) for arrow in drawn]
    return "\n".join(lines) + "\n"


def _line(arrow: Arrow) -> str:
    source = "inputs" if arrow.source is None else _id(arrow.source)
    target = "outputs" if arrow.target is None else _id(arrow.target)
    text = f'|"{_text(arrow.text)}"|' if arrow.text else ""
    return f"  {source} {_LINES[arrow.meaning]}{text} {target}"


def _id(name: str) -> str:
    return f"t_{name}"  # Names like `end` are words of Mermaid.


def _text(text: str) -> str:
    return printable(text).translate(_ESCAPED)
