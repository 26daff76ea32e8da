"""SQL as its user writes it, with named parameters: `select … where id = :id`. It is taken apart, and values never become part of it.

Texts, quoted names and comments are left alone, and so is `::` (a cast). Where the databases disagree on where a text or a comment
ends (a backslash before a quote, a comment inside a comment, one that MySQL performs), the statement is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

SQL_EMPTY = "a statement, with :name where an input stands"

_TOKEN = re.compile(
    r"""
    (?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|(?<![\w$])\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$)
    |(?P<comment>--[^\n]*|/\*.*?\*/)
    |(?P<cast>::)
    |(?<![\w:]):(?P<parameter>[a-z][a-z0-9_]{0,62})\b
    |(?P<end>;)
    |(?P<open>['"`]|/\*)
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_DOUBT = re.compile(r"(?<=^/\*)M?!|(?<!^)/\*")
"""What stands in a comment that PostgreSQL takes for another one, and MySQL for something to be performed."""
_READING = frozenset({"select", "with", "values", "table", "show", "describe", "explain"})


class SqlRefused(ValueError):
    """A statement that cannot be taken apart, or is more than one."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a statement: SQL as it stands, or the name of a parameter."""

    kind: Literal["sql", "parameter"]
    text: str


def parts(statement: str) -> tuple[Part, ...]:
    """The statement taken apart; raises SqlRefused with a sentence."""
    return tuple(_parts(statement))


def parameters(statement: str) -> tuple[str, ...]:
    """The names of its parameters, each once, in their order; raises SqlRefused."""
    return tuple(dict.fromkeys(part.text for part in parts(statement) if part.kind == "parameter"))


def reads(statement: str) -> bool:
    """Whether it begins as a statement that reads does; whether it does nothing else is the database's to say."""
    word = re.match(r"(?:\s|\(|--[^\n]*\n|/\*.*?\*/)*([a-z]+)", statement, re.DOTALL | re.IGNORECASE)
    return word is not None and word[1].lower() in _READING


def bound(statement: str, place_of: Callable[[str], str], *, doubled: str = "") -> str:
    """The statement with a driver's own place for each parameter; the character `doubled` is written twice in all else."""
    return "".join(
        place_of(part.text)
        if part.kind == "parameter"
        else part.text.replace(doubled, doubled * 2)
        if doubled
        else part.text
        for part in parts(statement)
    )


def renamed_parameter(statement: str, old: str, new: str) -> str:
    """The statement with a parameter under another name, and nothing else changed; raises SqlRefused."""
    return bound(statement, lambda name: f":{new if name == old else name}")


def _parts(statement: str) -> Iterator[Part]:
    place = 0
    for token in _TOKEN.finditer(statement):
        if token["open"]:
            raise SqlRefused(
                f"Expected every quote and comment to end, but the one at {_at(statement, token)} does not."
            )
        if token["quoted"] and ("\\'" in token["quoted"] or '\\"' in token["quoted"]):
            raise SqlRefused(
                "Expected no backslash before a quote, since databases read it differently, but there is one in the text"
                f" at {_at(statement, token)}: use a parameter, or double the quote."
            )
        if token["comment"] and token["comment"].startswith("/*") and (doubt := _IN_DOUBT.search(token["comment"])):
            raise SqlRefused(
                f"Expected no {doubt[0]} in a comment, since databases read it differently, but there is one in that"
                f" at {_at(statement, token)}."
            )
        if token["end"]:
            if re.sub(r"--[^\n]*|/\*.*?\*/", "", statement[token.end() :], flags=re.DOTALL).strip():
                raise SqlRefused(f"Expected one statement, but another follows at {_at(statement, token)}.")
            yield Part("sql", statement[place : token.start()])
            return
        if token["parameter"]:
            if token.start() > place:
                yield Part("sql", statement[place : token.start()])
            yield Part("parameter", token["parameter"])
            place = token.end()
    if place < len(statement):
        yield Part("sql", statement[place:])


def _at(statement: str, token: re.Match[str]) -> str:
    line = statement.count("\n", 0, token.start()) + 1
    return f"line {line}, column {token.start() - (statement.rfind(chr(10), 0, token.start()) + 1) + 1}"
