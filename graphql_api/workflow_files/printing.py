"""Plain objects to YAML texts for people: long texts in blocks, what is small on one line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import yaml
from yaml import CSafeDumper
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from graphql_api.workflow_files.scalars import PLAIN, TAG

LINE_CHARACTERS_MAX = 120
ON_ONE_LINE_CHARACTERS_MAX = 80
OPEN_LEVELS = 2
"""The file and its parts: what they hold begins on lines of its own."""

_KIND = "kind"
"""What has a kind is a task: its settings stand one below the other."""


class _Printer(CSafeDumper):
    """Writes what both YAML 1.1 and 1.2 read alike: a text that either takes for something else stands in quotes."""


for _tag, _form in PLAIN:
    _Printer.add_implicit_resolver(_tag, re.compile(f"(?:{_form.pattern})\\Z"), None)


def write_text(content: Mapping[str, Any]) -> str:
    """The YAML text of a plain object."""
    text: str = yaml.serialize(
        _node(content, OPEN_LEVELS), Dumper=_Printer, allow_unicode=True, width=LINE_CHARACTERS_MAX
    )
    return text


def _node(value: Any, open_levels: int) -> Node:
    if isinstance(value, Mapping):
        pairs = [(_node(name, 0), _node(item, open_levels - 1)) for name, item in value.items()]
        return MappingNode(TAG + "map", pairs, flow_style=not value or (open_levels <= 0 and _is_small(value)))
    if isinstance(value, list | tuple):
        items = [_node(item, open_levels - 1) for item in value]
        return SequenceNode(TAG + "seq", items, flow_style=not value or _is_small(value))
    if isinstance(value, str):
        style = None if value.isprintable() else "|" if _is_block(value) else '"'
        return ScalarNode(TAG + "str", value, style=style)
    for kind, tag in ((bool, "bool"), (int, "int"), (float, "float")):
        if isinstance(value, kind):
            return ScalarNode(TAG + tag, repr(value).lower())
    return ScalarNode(TAG + "null", "null")


def _is_small(value: Any) -> bool:
    """Whether a person would write it on one line: names with plain values, or with lists of such."""
    items = list(value.values()) if isinstance(value, Mapping) else list(value)
    if _KIND in value or any(isinstance(item, Mapping) or not _is_short(item) for item in items):
        return False
    return len(str(value)) <= ON_ONE_LINE_CHARACTERS_MAX


def _is_short(item: Any) -> bool:
    if isinstance(item, list | tuple):
        return all(not isinstance(one, Mapping | list | tuple) and _is_short(one) for one in item)
    return not isinstance(item, str) or item.isprintable()


def _is_block(text: str) -> bool:
    # Only what a block can hold without escapes; everything else is left to quotes.
    lines = text.split("\n")
    return len(lines) > 1 and bool(lines[0]) and text[0] != " " and all(line.isprintable() for line in lines)
