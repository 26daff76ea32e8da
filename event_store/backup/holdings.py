"""The places of what a backup holds: the database, the stored files and the keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATABASE_NAME = "database.dump"
BLOBS_FOLDER = "blobs"
KEYS_FOLDER = "keys"
MASTER_KEY_NAME = "master.key"


@dataclass(frozen=True)
class Holdings:
    """Where one installation keeps what cannot be made again."""

    home: Path
    blobs: Path | None  # None where they lie in a bucket, which is kept by other means
    master_key_file: Path

    @property
    def keys(self) -> Path:
        """The folder of keys in the home folder."""
        return self.home / KEYS_FOLDER

    def folders(self) -> list[Path]:
        """The folders that are its own."""
        return [self.home] if self.blobs is None else [self.home, self.blobs]

    def files(self) -> Iterator[tuple[str, Path]]:
        """Every file beside the database, with its name in the backup."""
        folders = {KEYS_FOLDER: self.keys} if self.blobs is None else {BLOBS_FOLDER: self.blobs, KEYS_FOLDER: self.keys}
        for name, folder in folders.items():
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    yield f"{name}/{path.relative_to(folder).as_posix()}", path
        if not self.master_key_file.is_relative_to(self.keys) and self.master_key_file.is_file():
            yield MASTER_KEY_NAME, self.master_key_file

    def place_of(self, name: str) -> Path | None:
        """Where a file of a backup belongs, or None when it is only read."""
        first, _, rest = name.partition("/")
        if first == BLOBS_FOLDER and rest:
            return None if self.blobs is None else self.blobs / rest
        if first == KEYS_FOLDER and rest:
            return self.keys / rest
        return self.master_key_file if name == MASTER_KEY_NAME else None
