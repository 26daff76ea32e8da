"""What user code may use, and that it gave no outputs; without the library that runs it, so that everyone may import it."""

from dataclasses import dataclass
from typing import Any

MEBIBYTE = 1024 * 1024
MESSAGE_CHARACTERS_MAX = 2000


@dataclass(frozen=True, slots=True)
class CodeLimits:
    """What one run of user code may use."""

    seconds: float = 10.0
    memory_bytes: int = 128 * MEBIBYTE
    call_depth: int = 500
    print_bytes: int = 64 * 1024
    output_bytes: int = 8 * MEBIBYTE
    suspensions: int = 100


USUAL_LIMITS = CodeLimits()


@dataclass(frozen=True, slots=True)
class CodeResult:
    """What the code left behind: the declared outputs by name, and what it printed."""

    outputs: dict[str, Any]
    prints: str


class CodeFailed(Exception):
    """User code that gave no outputs; the code is stable, line and source are those of the user's code."""

    def __init__(self, code: str, message: str, *, line: int | None = None, source: str | None = None) -> None:
        self.code = code
        self.prints = ""  # What the code had printed until then.
        self.message = _presentable(message)
        self.line = line
        self.source = None if source is None else _presentable(source)
        super().__init__(self.message)


def _presentable(text: str) -> str:
    """What the code says in its own words, short and as a value may hold it."""
    shown = text if len(text) <= MESSAGE_CHARACTERS_MAX else text[:MESSAGE_CHARACTERS_MAX] + "…"
    return shown.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
