"""The form of a backup: a folder or a tar file, with a manifest of the SHA-256 of every file in it."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from event_store.backup.refusals import BackupRefusal

MANIFEST_NAME = "manifest.json"
README_NAME = "README.txt"
TAR_SUFFIX = ".tar"
OTHER_SUFFIXES = frozenset({".7z", ".bz2", ".gz", ".rar", ".tbz2", ".tgz", ".txz", ".xz", ".zip", ".zst"})
"""Names that promise another form than the two a backup has."""
CHUNK_BYTES = 1 << 20


class StoredFile(BaseModel):
    """One file of a backup."""

    model_config = ConfigDict(frozen=True)

    name: str
    size: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds, and of when."""

    model_config = ConfigDict(frozen=True)

    format: Literal["opus.backup.1"] = "opus.backup.1"
    made_at: datetime
    postgres_version: str
    last_position: int
    files: tuple[StoredFile, ...]


class Sink(Protocol):
    """A backup being written."""

    def add(self, name: str, source: Path) -> StoredFile:
        """Copy the file in, and say what was copied."""


class FolderSink:
    """A backup written as a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700)

    def add(self, name: str, source: Path) -> StoredFile:
        """Copy the file in, synced to disk."""
        target = self._folder / name
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with source.open("rb") as reader, open_private(target) as writer:
            return copy_hashed(name, reader, writer)


class TarSink:
    """A backup written as a tar file."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def add(self, name: str, source: Path) -> StoredFile:
        """Append the file."""
        entry = tarfile.TarInfo(name)
        entry.mode = 0o600
        with source.open("rb") as stream:
            entry.size = os.fstat(stream.fileno()).st_size
            entry.mtime = int(os.fstat(stream.fileno()).st_mtime)
            hashing = _HashingReader(stream)
            self._archive.addfile(entry, hashing)
        return StoredFile(name=name, size=entry.size, sha256=hashing.hexdigest())


@contextmanager
def write_archive(target: Path) -> Iterator[Sink]:
    """Write a backup that appears under its name only when it is whole."""
    partial = target.with_name(f"{target.name}.partial")
    _remove(partial)
    try:
        if target.suffix == TAR_SUFFIX:
            with open_private(partial) as stream:
                with tarfile.open(fileobj=stream, mode="w") as archive:
                    yield TarSink(archive)
                stream.flush()
                os.fsync(stream.fileno())
        else:
            yield FolderSink(partial)
        partial.rename(target)
        sync_folder(target.parent)
    finally:
        _remove(partial)


def unpack(source: Path, target: Path) -> Manifest:
    """Copy a backup's files into a new folder, refusing what its manifest does not vouch for."""
    target.mkdir(mode=0o700)
    with _open_archive(source) as archive:
        manifest = _read_manifest(source, archive)
        listed = {file.name: file for file in manifest.files}
        for name in sorted(set(archive.names()) - {MANIFEST_NAME} - set(listed)):
            raise BackupRefusal(f"Expected only what its manifest lists in {source}, but {name} is there too.")
        for name, file in listed.items():
            path = target / _safe(name, source)
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with archive.open(name) as reader, open_private(path) as writer:
                    found = copy_hashed(name, reader, writer)
            except (FileNotFoundError, KeyError) as error:
                raise BackupRefusal(f"Expected {name} in {source}, but it is missing.") from error
            if found != file:
                message = f"Expected {name} in {source} to be as its manifest says, but it was changed or damaged."
                raise BackupRefusal(message)
    return manifest


class _Archive(Protocol):
    def names(self) -> list[str]: ...

    def open(self, name: str) -> BinaryIO: ...


class _FolderArchive:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def names(self) -> list[str]:
        files = (path for path in self._folder.rglob("*") if not path.is_dir())
        return [path.relative_to(self._folder).as_posix() for path in files]

    def open(self, name: str) -> BinaryIO:
        return (self._folder / name).open("rb")


class _TarArchive:
    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive

    def names(self) -> list[str]:
        return self._archive.getnames()

    def open(self, name: str) -> BinaryIO:
        stream = self._archive.extractfile(name)
        if stream is None:
            raise FileNotFoundError(name)
        return stream  # type: ignore[return-value]


@contextmanager
def _open_archive(source: Path) -> Iterator[_Archive]:
    if source.is_dir():
        yield _FolderArchive(source)
        return
    try:
        with tarfile.open(source, mode="r:") as archive:
            yield _TarArchive(archive)
    except FileNotFoundError as error:
        raise BackupRefusal(f"Expected a backup at {source}, but there is nothing.") from error
    except tarfile.TarError as error:
        message = f"Expected {source} to be a backup, a folder or a tar file, but it cannot be read: {error}."
        raise BackupRefusal(message) from error


def _read_manifest(source: Path, archive: _Archive) -> Manifest:
    try:
        with archive.open(MANIFEST_NAME) as stream:
            return Manifest.model_validate_json(stream.read())
    except (FileNotFoundError, KeyError) as error:
        raise BackupRefusal(f"Expected a backup at {source}, but it holds no {MANIFEST_NAME}.") from error
    except ValidationError as error:
        message = f"Expected {MANIFEST_NAME} in {source} in the form opus.backup.1, but it is damaged or newer."
        raise BackupRefusal(message) from error


def _safe(name: str, source: Path) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise BackupRefusal(f"Expected the names in {source} to stay inside it, but one is {name!r}.")
    return path


class _HashingReader:
    """A stream that remembers the SHA-256 of what was read."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self._digest.update(chunk)
        return chunk

    def hexdigest(self) -> str:
        return self._digest.hexdigest()


def copy_hashed(name: str, reader: BinaryIO, writer: BinaryIO) -> StoredFile:
    """Copy a stream to a file and sync it; says what was copied."""
    hashing = _HashingReader(reader)
    size = 0
    while chunk := hashing.read(CHUNK_BYTES):
        size += writer.write(chunk)
    writer.flush()
    os.fsync(writer.fileno())
    return StoredFile(name=name, size=size, sha256=hashing.hexdigest())


def open_private(path: Path) -> BinaryIO:
    """A new file that only its owner can read: backups hold keys."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def sync_folder(folder: Path) -> None:
    """Make the folder's entries durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
