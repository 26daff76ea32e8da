"""How the command line speaks: lines on standard output, refusals on standard error with exit code 1."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from domain.refusals import Refusal
from runner.cli.client import ApiClient, ApiRefused, ApiUnreachable
from runner.refused import Refused
from runner.settings import Settings, load_settings_or_exit

REFUSED_EXIT_CODE = 1
ADMIN_KEY_FILE = Path("keys") / "admin.key"
SHOWN_CHARACTERS_MAX = 100

_CONTROLS = {code: "\ufffd" for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\n\t"}


class Terminal(Console):
    """A console to which a text of a stranger, a title or a comment, can say nothing but text: no control character gets there."""

    def render_str(self, text: str, **how: Any) -> Text:
        """The text as it is shown."""
        return super().render_str(text.translate(_CONTROLS), **how)


console = Terminal(highlight=False, soft_wrap=True, markup=False, emoji=False)
errors = Terminal(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


@contextlib.contextmanager
def telling(*also: type[Exception]) -> Iterator[None]:
    """Says what was refused in its own words and leaves with exit code 1; bugs keep their traceback."""
    told: tuple[type[Exception], ...] = (Refused, *also)
    try:
        yield
    except ApiRefused as refused:
        sentence = f"[{refused.code}] {refused}"
    except Refusal as refusal:
        message = refusal.message
        others = [one for one in refusal.details if one.expected not in message or one.found not in message]
        sentence = "\n".join([message, *(f"  {detail.message}" for detail in others)])
    except told as refused:
        sentence = str(refused).strip()
    except OSError as error:
        place = f" {error.filename}" if error.filename else ""
        sentence = f"Expected the system to do its part, but it says: {error.strerror or error}{place}"
    else:
        return
    errors.print(sentence, style="red")
    raise typer.Exit(REFUSED_EXIT_CODE) from None


@contextlib.contextmanager
def speaking() -> Iterator[ApiClient]:
    """The API under the key of OPUS_API_KEY or, without one, the admin's; what it refuses is told."""
    settings = load_settings_or_exit()
    with telling(), contextlib.closing(api(settings)) as client:
        yield client


@contextlib.contextmanager
def asking() -> Iterator[ApiClient]:
    """The same; what it refuses is raised, for a verb that can do without."""
    with contextlib.closing(api(load_settings_or_exit())) as client:
        yield client


def admin_key_file(settings: Settings) -> Path:
    """Where the first `opus up` leaves the admin's key."""
    return settings.home / ADMIN_KEY_FILE


def api(settings: Settings) -> ApiClient:
    """The API under the key of OPUS_API_KEY or, without one, the admin's."""
    if settings.api_key is not None:
        return ApiClient(settings.api_url, settings.api_key.get_secret_value())
    file = admin_key_file(settings)
    if not settings.home.is_dir():
        message = (
            f"Expected the home of a running system in {settings.home}, but there is none: run this in the folder where "
            "`make up` runs, or set OPUS_HOME to its .opus, or OPUS_API_KEY to a key."
        )
        raise ApiUnreachable(message)
    try:
        key = file.read_text().strip()
    except FileNotFoundError:
        message = (
            f"Expected an API key in OPUS_API_KEY or in {file}, but there is none; "
            "`opus up` makes one, `opus key` another."
        )
        raise ApiUnreachable(message) from None
    return ApiClient(settings.api_url, key)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows under headings; the first column is never broken, and into a file or pipe nothing is."""
    if not console.is_terminal:
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        for row in (headings, *rows):
            console.print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, heading in enumerate(headings):
        table.add_column(heading, no_wrap=number == 0)
    for row in rows:
        table.add_row(*row)
    console.print(table)


def shown(value: Any, most: int = SHOWN_CHARACTERS_MAX) -> str:
    """A value in at most so many characters, for a line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = " ".join(text.split())
    return text if len(text) <= most else f"{text[: most - 1]}…"


def whole(value: Any) -> str:
    """A value with nothing cut: a text as it is, all else as JSON over several lines; later lines are set in."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
    return text.replace("\n", "\n    ")
