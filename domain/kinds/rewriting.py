"""Renames a variable in Python and in expressions (CEL), and proves that nothing else became of them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

from domain.kinds.contract import RenameUncertain, UncertainPlace


def renamed_in_python(source: str, old: str, new: str, path: str) -> str:
    """The program with a variable under another name; comments and texts stay. Raises RenameUncertain where a use may be one or not.

    It is certain when the new text gives the old tree with that name replaced, where the new name was not used before and the
    old one is bound by nothing but plain assignment.
    """
    if not re.search(rf"\b({old}|{new})\b", source):
        return source
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None)
        raise RenameUncertain(UncertainPlace(path, line, "this is not Python")) from None
    if places := [UncertainPlace(path, line, why) for line, why in _doubts(tree, old, new)]:
        raise RenameUncertain(*places)
    renamed = _replaced(source, tree, old, new)
    expected = ast.dump(_Renaming(old, new).visit(ast.parse(source)))
    try:
        proven = ast.dump(ast.parse(renamed)) == expected
    except SyntaxError:
        raise RenameUncertain(UncertainPlace(path, None, f"{new} is no name in Python")) from None
    if not proven:
        lines = sorted({node.lineno for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)})
        raise RenameUncertain(
            *(UncertainPlace(path, line, f"{old} stands in this text as a word as well") for line in lines)
        )
    return renamed


_REFLECTING = frozenset({"exec", "eval", "globals", "locals", "vars"})


def _doubts(tree: ast.AST, old: str, new: str) -> Iterator[tuple[int, str]]:
    assigned = {id(name) for node in ast.walk(tree) for name in _assigned(node)}
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Name):
            if node.id == new:
                yield line, f"{new} is used already"
            elif node.id in _REFLECTING:
                yield line, f"{node.id} can reach any name"
            elif node.id == old and not isinstance(node.ctx, ast.Load) and id(node) not in assigned:
                yield line, f"{old} is bound by something else than an assignment"
            continue
        bound = set(_bound(node))
        if new in bound:
            yield line, f"{new} is used already"
        elif old in bound:
            yield line, f"{old} is bound by something else than an assignment"


def _assigned(node: ast.AST) -> Iterator[ast.Name]:
    targets: list[ast.expr] = []
    if isinstance(node, ast.Assign):
        targets = list(node.targets)
    elif isinstance(node, ast.AugAssign | ast.AnnAssign):
        targets = [node.target]
    while targets:
        target = targets.pop()
        if isinstance(target, ast.Name):
            yield target
        elif isinstance(target, ast.Tuple | ast.List):
            targets += target.elts
        elif isinstance(target, ast.Starred):
            targets.append(target.value)


def _bound(node: ast.AST) -> Iterator[str]:
    """The names that something else than a plain name binds."""
    match node:
        case ast.arg():
            yield node.arg
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield node.name
        case ast.Global() | ast.Nonlocal():
            yield from node.names
        case ast.alias():
            yield (node.asname or node.name).partition(".")[0]
        case ast.ExceptHandler() | ast.MatchAs() | ast.MatchStar():
            yield node.name or ""
        case ast.MatchMapping():
            yield node.rest or ""
        case _:
            pass


class _Renaming(ast.NodeTransformer):
    """Gives names that stand for the variable their new id."""

    def __init__(self, old: str, new: str) -> None:
        self._old, self._new = old, new

    def visit_Name(self, node: ast.Name) -> ast.Name:
        """One name."""
        return ast.Name(id=self._new if node.id == self._old else node.id, ctx=node.ctx)


def _replaced(source: str, tree: ast.AST, old: str, new: str) -> str:
    # Python before 3.12 does not tell where inside of a formatted text a name stands: there, whole words are replaced.
    lines = [line.encode() for line in re.split(r"(?<=\n)|(?<=\r)(?!\n)", source)]
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    content = b"".join(lines)
    spans = [
        (starts[node.lineno - 1] + node.col_offset, starts[(node.end_lineno or 1) - 1] + (node.end_col_offset or 0))
        for node in _outermost(tree, old)
    ]
    word = re.compile(rf"\b{old}\b")
    for start, end in sorted(spans, reverse=True):
        piece = word.sub(new, content[start:end].decode())
        content = content[:start] + piece.encode() + content[end:]
    return content.decode()


def _outermost(tree: ast.AST, old: str) -> Iterator[ast.expr]:
    """The names that stand for the variable, and around those inside of formatted texts the text."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.JoinedStr):
            if any(isinstance(inner, ast.Name) and inner.id == old for inner in ast.walk(node)):
                yield node
        elif isinstance(node, ast.Name):
            if node.id == old:
                yield node
        else:
            waiting.extend(ast.iter_child_nodes(node))


_CEL_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:\"{3}.*?\"{3}|'{3}.*?'{3}|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'))"""
    r"""|(?P<comment>//[^\n]*)|(?P<name>[A-Za-z_][A-Za-z0-9_]*)|(?P<number>[0-9][0-9A-Za-z_.]*)|(?P<mark>\S)""",
    re.DOTALL,
)
_CEL_RESERVED = frozenset(
    [
        "as",
        "break",
        "const",
        "continue",
        "else",
        "false",
        "for",
        "function",
        "if",
        "import",
        "in",
        "let",
        "loop",
        "namespace",
        "null",
        "package",
        "return",
        "true",
        "var",
        "void",
        "while",
    ]
)
_CEL_BINDING = frozenset({"all", "exists", "exists_one", "map", "filter", "bind"})


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    start: int
    is_name: bool
    within: str  # the name of the message, or nothing, whose braces are the innermost


def renamed_in_cel(source: str, old: str, new: str, path: str) -> str:
    """The expression with a variable under another name. Raises RenameUncertain where a use may be one or not."""
    tokens = list(_cel_tokens(source))
    uses: list[_Token] = []
    doubts: list[UncertainPlace] = []
    for at, token in enumerate(tokens):
        if not token.is_name or token.text not in (old, new):
            continue
        before, after = _mark(tokens, at - 1), _mark(tokens, at + 1)
        if (before == "." and _is_operand(tokens, at - 2)) or after == "(":
            continue  # A field, or a function.
        why = _cel_doubt(tokens, at, old)
        if why is not None:
            doubts.append(UncertainPlace(path, source.count("\n", 0, token.start) + 1, why))
        uses.append(token)
    if uses and new in _CEL_RESERVED:
        doubts.append(UncertainPlace(path, None, f"{new} is no name in an expression"))
    if doubts:
        raise RenameUncertain(*doubts)
    for token in reversed(uses):
        source = source[: token.start] + new + source[token.start + len(old) :]
    return source


def _cel_doubt(tokens: list[_Token], at: int, old: str) -> str | None:
    token = tokens[at]
    if token.text != old:
        return f"{token.text} is used already"
    if _mark(tokens, at - 1) == ".":
        return f"{old} is named from the root"
    if _mark(tokens, at - 1) == "(" and _mark(tokens, at + 1) == "," and _mark(tokens, at - 2) in _CEL_BINDING:
        return f"{old} is bound by {tokens[at - 2].text}"
    if token.within and _mark(tokens, at + 1) == ":":
        return f"{old} may be a field of {token.within}"
    return None


def _cel_tokens(source: str) -> Iterator[_Token]:
    braces: list[str] = []
    last = ""
    for found in _CEL_TOKEN.finditer(source):
        text = found.group()
        if found.lastgroup == "comment":
            continue
        if text == "{":
            braces.append(last if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", last) else "")
        elif text == "}" and braces:
            braces.pop()
        yield _Token(text, found.start(), found.lastgroup == "name", braces[-1] if braces else "")
        last = text


def _mark(tokens: list[_Token], at: int) -> str:
    return tokens[at].text if 0 <= at < len(tokens) else ""


def _is_operand(tokens: list[_Token], at: int) -> bool:
    """Whether something stands there that has fields."""
    return 0 <= at < len(tokens) and (tokens[at].text[-1:].isalnum() or tokens[at].text[-1:] in "_)]}\"'")
