"""The file: its one command, its state and its rules."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, ClassVar, assert_never
from uuid import UUID

from domain.events import Event
from domain.files.events import FileEvent, FileStored
from domain.refusals import Refusal
from domain.subject import Command, Subject, command
from domain.values import BLOB, is_wrapper

FILE_NAME_CHARACTERS_MAX = 255

_NOT_IN_NAMES = re.compile(r"[/\\\x00-\x1f\x7f-\x9f]")


class FileAlreadyStored(Refusal):
    """Expected a new file, but {file_id} holds another one already."""


class FileContentRefused(Refusal):
    """Expected the content of a file to be a `$blob` of {size} bytes, but it is not."""


class FileNameRefused(Refusal):
    """Expected a file name of 1 to {most} characters without slashes and control characters, but got {found}."""


@command
class StoreFile(Command):
    """Record a file whose bytes are in the blob store."""

    subject: ClassVar[str] = "file"
    file_id: UUID
    name: Any
    media_type: str
    size: int
    content: dict[str, Any]
    detected: str | None = None

    @property
    def stream(self) -> UUID:
        """The file's own stream."""
        return self.file_id


@dataclass(frozen=True, slots=True)
class NoFile:
    """Nothing has happened yet."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A file that was stored."""

    event: FileStored


File = NoFile | Stored


def evolve(_file: File, event: FileEvent) -> File:
    """Total: every recorded event can be applied."""
    return Stored(event)


def decide(command: StoreFile, file: File) -> list[Event]:
    """A file is stored once; storing the same again changes nothing."""
    stored = FileStored(
        name=command.name,
        media_type=command.media_type,
        size=command.size,
        content=command.content,
        detected=command.detected,
    )
    match file:
        case NoFile():
            _check(command)
            return [stored]
        case Stored(event=before):
            if before != stored:
                raise FileAlreadyStored(file_id=command.file_id)
            return []
        case _:
            assert_never(file)


def _check(command: StoreFile) -> None:
    content = command.content.get(BLOB) if is_wrapper(command.content) else None
    if not isinstance(content, dict) or content.get("size") != command.size or command.size < 0:
        raise FileContentRefused(size=command.size)
    if not isinstance(command.name, dict):  # A name may be sealed; then only who can open it can measure it.
        check_name(command.name)


def check_name(name: Any) -> None:
    """Raises FileNameRefused of what can be no name of a file."""
    if not isinstance(name, str):
        raise FileNameRefused(most=FILE_NAME_CHARACTERS_MAX, found="something that is no text")
    if not 0 < len(name.strip()) <= FILE_NAME_CHARACTERS_MAX or _NOT_IN_NAMES.search(name):
        raise FileNameRefused(most=FILE_NAME_CHARACTERS_MAX, found=repr(name[:FILE_NAME_CHARACTERS_MAX]))


FILES = Subject(name="file", initial=lambda _: NoFile(), decide=decide, evolve=evolve)
