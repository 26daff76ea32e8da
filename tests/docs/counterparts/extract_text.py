"""The offer that the example reads: an e-mail with a Word document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from runner.actions.extract_text.recognise import WORD
from tests.runner.actions.office_files import mail, paragraph, word, word_table
from tests.runner.up import Up


@contextmanager
def counterpart(up: Up, folder: Path) -> Iterator[Mapping[str, str]]:
    """The file."""
    table = word_table([["Item", "Price"], ["Chair", "120.50"], ["Desk", "340.00"]])
    offer = word(paragraph("Offer 4711") + table)
    (folder / "offer.eml").write_bytes(mail("Dear Bob,\nour offer is attached.", offer_docx=(WORD, offer)).as_bytes())
    yield {}
