"""Files: stored once, with a name that can be given to a file anywhere."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.files.events import FileStored
from domain.files.subject import (
    FILE_NAME_CHARACTERS_MAX,
    FILES,
    FileAlreadyStored,
    FileContentRefused,
    FileNameRefused,
    StoreFile,
)

AT = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
FILE = UUID("01a20382-0000-7000-8000-000000000001")
CONTENT = {"$blob": {"v": 1, "hash": "0" * 64, "size": 3, "type": "application/pdf"}}
STORED = FileStored(name="invoice.pdf", media_type="application/pdf", size=3, content=CONTENT)


def store(**told: Any) -> StoreFile:
    said = {"name": "invoice.pdf", "media_type": "application/pdf", "size": 3, "content": CONTENT, **told}
    return StoreFile(at=AT, file_id=FILE, **said)


def test_a_file_is_stored() -> None:
    assert FILES.decide(store(), FILES.initial(None)) == [STORED]


def test_storing_the_same_file_again_changes_nothing() -> None:
    assert FILES.decide(store(), FILES.evolve(FILES.initial(None), STORED)) == []


def test_another_file_under_the_same_id_is_refused() -> None:
    with pytest.raises(FileAlreadyStored):
        FILES.decide(store(name="other.pdf"), FILES.evolve(FILES.initial(None), STORED))


@pytest.mark.parametrize("content", [{}, {"$blob": {"size": 4}}, {"$blob": 3}, {"a": 1}, {"$sealed": {}}])
def test_content_is_a_blob_of_that_size(content: dict[str, Any]) -> None:
    with pytest.raises(FileContentRefused):
        FILES.decide(store(content=content), FILES.initial(None))


@pytest.mark.parametrize(
    "name", ["", " ", "a/b.pdf", "a\\b.pdf", "a\0b", "a\nb", "a\x9fb", "x" * (FILE_NAME_CHARACTERS_MAX + 1), 5]
)
def test_a_name_is_one_that_files_can_have(name: Any) -> None:
    with pytest.raises(FileNameRefused):
        FILES.decide(store(name=name), FILES.initial(None))


@pytest.mark.parametrize("name", ["März.pdf", "Screenshot at 9.41\u202fAM.png", "x" * FILE_NAME_CHARACTERS_MAX])
def test_a_name_may_be_what_people_call_their_files(name: str) -> None:
    assert FILES.decide(store(name=name), FILES.initial(None)) == [STORED.model_copy(update={"name": name})]


def test_a_sealed_name_is_taken_as_it_is() -> None:
    sealed = {"$sealed": {"v": 1}}
    assert FILES.decide(store(name=sealed), FILES.initial(None)) == [STORED.model_copy(update={"name": sealed})]
