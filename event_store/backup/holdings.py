"""The places of what a backup holds: the database, the stored files and the keys."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DATABASE_NAME = "database.dump"
BLOBS_FOLDER = "blobs"
KEYS_FOLDER = "keys"
MASTER_KEY_NAME = "master.key"
SECRETS_KEYS_NAME = "secrets.keys"


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

    @property
    def secrets_keys_file(self) -> Path:
        """The keys of secrets, where no setting keeps them elsewhere: beside the master key."""
        return self.master_key_file.with_name(SECRETS_KEYS_NAME)

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
        if not self.master_key_file.is_relative_to(self.keys):
            for name, path in self._outside().items():
                if path.is_file():
                    yield name, path

    def _outside(self) -> dict[str, Path]:
        return {MASTER_KEY_NAME: self.master_key_file, SECRETS_KEYS_NAME: self.secrets_keys_file}

    def place_of(self, name: str) -> Path | None:
        """Where a file of a backup belongs, or None when it is only read."""
        first, _, rest = name.partition("/")
        if first == BLOBS_FOLDER and rest:
            return None if self.blobs is None else self.blobs / rest
        if first == KEYS_FOLDER and rest:
            return self.keys / rest
        return self._outside().get(name)
