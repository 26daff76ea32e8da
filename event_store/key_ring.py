"""The ring of master keys that secrets are sealed under: from a file, from the environment, or from a program that prints them.

Keys are written as base64, parted by white space or commas, the newest last: it seals, all of them open.
"""

from __future__ import annotations

import base64
import binascii
import fcntl
import hmac
import os
import secrets
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from event_store.keys import KEY_BYTES, KeyRefused, sync_folder

PROGRAM_SECONDS_MAX = 20.0
PROGRAM_OUTPUT_BYTES_MAX = 64 * 1024
KEYS_MAX = 100
KEY_ID_CHARACTERS = 16
FROM_FILE = "file:"
FROM_PROGRAM = "exec:"

_OTHERS = 0o077


@dataclass(frozen=True, slots=True, repr=False)
class KeyRing:
    """Master keys by the id that follows from each; the newest is the last."""

    keys: Mapping[str, bytes]

    @property
    def newest(self) -> str:
        """The id of the key that seals."""
        return list(self.keys)[-1]

    def __repr__(self) -> str:
        """Ids only."""
        return f"KeyRing({', '.join(self.keys)})"


class KeySource(Protocol):
    """Where a ring is kept. What it reads may have changed since it was read last."""

    @property
    def adds(self) -> bool:
        """Whether keys can be added here; else they are added where they come from."""
        ...

    def read(self, *, make: bool = True) -> KeyRing:
        """The ring as it is now; where there is none, with a first key if one may be made. Raises KeyRefused."""
        ...

    def add(self) -> KeyRing:
        """The ring with a new key, made here and kept durably; raises KeyRefused."""
        ...


def key_id(key: bytes) -> str:
    """The name of a key, which tells nothing of it: the first half of HMAC-SHA-256(key, "opus.secrets.key.1") as hex."""
    return hmac.new(key, b"opus.secrets.key.1", sha256).hexdigest()[:KEY_ID_CHARACTERS]


def new_key() -> str:
    """A new key as it is written in a ring."""
    return base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()


def read_ring(text: str, place: str) -> KeyRing:
    """The ring that a text holds; raises KeyRefused, which never repeats any of it."""
    keys: dict[str, bytes] = {}
    for number, word in enumerate(text.replace(",", " ").split(), 1):
        try:
            key = base64.b64decode(word, validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if len(key) != KEY_BYTES:
            raise KeyRefused(
                f"Expected {KEY_BYTES} bytes as base64 for each key in {place}, but the {number}. is something else; "
                "`opus keys new` makes one."
            )
        keys.pop(key_id(key), None)  # Written twice, it stands where it is written last.
        keys[key_id(key)] = key
    if not 0 < len(keys) <= KEYS_MAX:
        raise KeyRefused(
            f"Expected 1 to {KEYS_MAX} keys in {place}, but it has {len(keys)}; `opus keys new` makes one."
        )
    return KeyRing(keys)


def open_source(setting: str | None, file: Path) -> KeySource:
    """Where OPUS_SECRETS_KEY says that keys are: `exec:program …`, `file:path`, the keys themselves, or, unset, the file given."""
    if setting is None:
        return KeysInFile(file)
    if setting.startswith(FROM_PROGRAM):
        return KeysOfProgram(setting.removeprefix(FROM_PROGRAM))
    if setting.startswith(FROM_FILE):
        return KeysInFile(Path(setting.removeprefix(FROM_FILE)).expanduser().absolute())
    return KeysGiven(setting)


class KeysInFile:
    """A file that only its owner can read; made with a first key when it is not there and nothing was sealed yet."""

    adds = True

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self, *, make: bool = True) -> KeyRing:
        """The keys of the file; refuses one that others can read, and to make a first one where keys were lost."""
        try:
            if make and not self._path.exists():
                with self._locked():
                    if not self._path.exists():
                        self._write([new_key()])
            mode, text = self._path.stat().st_mode, self._path.read_text(encoding="ascii")
        except FileNotFoundError:
            raise KeyRefused(
                f"Expected the keys of secrets in {self._path}, but there is no such file; restore it from its backup, or "
                "copy it from the machine that has it. Where it is lost for good, put a new key there (`opus keys new` "
                "makes one) and set every secret again."
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise KeyRefused(
                f"Expected to read the keys of secrets in {self._path}, but: {type(error).__name__}."
            ) from None
        if mode & _OTHERS:
            message = f"Expected {self._path} to be readable by its owner only, but others may; run `chmod 600` on it."
            raise KeyRefused(message)
        return read_ring(text, str(self._path))

    def add(self) -> KeyRing:
        """Writes the file anew with one key more, wholly or not at all."""
        self.read(make=False)
        with self._locked():
            self._write([*self._path.read_text(encoding="ascii").replace(",", " ").split(), new_key()])
        return self.read(make=False)

    def _write(self, keys: list[str]) -> None:
        draft = self._path.with_name(f".{self._path.name}.{secrets.token_hex(8)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write("".join(f"{key}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        finally:
            draft.unlink(missing_ok=True)
        sync_folder(self._path.parent)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """One writer at a time: of two that each add a key, both keys must stay."""
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class KeysGiven:
    """Keys that stand in the environment."""

    adds = False

    def __init__(self, text: str) -> None:
        self._text = text

    def read(self, *, make: bool = True) -> KeyRing:  # noqa: ARG002 - keys are made elsewhere
        """The keys given."""
        return read_ring(self._text, "OPUS_SECRETS_KEY")

    def add(self) -> KeyRing:
        """Cannot be done here."""
        raise KeyRefused(
            "Expected a file of keys, but OPUS_SECRETS_KEY holds them: add one behind the others there "
            "(`opus keys new` makes one), restart all parts, then run `opus keys rotate --reseal-only`."
        )


class KeysOfProgram:
    """Keys that a program prints, as the command line of any key service does."""

    adds = False

    def __init__(self, command: str) -> None:
        self._command = command

    def read(self, *, make: bool = True) -> KeyRing:  # noqa: ARG002 - keys are made elsewhere
        """What the program prints now; nothing it says is repeated, since it may be a key."""
        try:
            arguments = shlex.split(self._command)
            done = subprocess.run(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PROGRAM_SECONDS_MAX,
                check=False,
            )
            text = done.stdout.decode("ascii") if len(done.stdout) <= PROGRAM_OUTPUT_BYTES_MAX else ""
        except subprocess.TimeoutExpired:
            raise self._refused(f"it did not end within {PROGRAM_SECONDS_MAX:g} s") from None
        except (OSError, ValueError, IndexError) as error:
            raise self._refused(f"it led to {type(error).__name__}") from None
        if done.returncode != 0:
            raise self._refused(f"it ended with {done.returncode}")
        return read_ring(text, "what the program of OPUS_SECRETS_KEY prints")

    def add(self) -> KeyRing:
        """Cannot be done here."""
        raise KeyRefused(
            "Expected a file of keys, but OPUS_SECRETS_KEY names a program: add a key behind the others where it takes them "
            "from (`opus keys new` makes one), then run `opus keys rotate --reseal-only`."
        )

    @staticmethod
    def _refused(why: str) -> KeyRefused:
        return KeyRefused(f"Expected the program of OPUS_SECRETS_KEY to print keys, but {why}; run it by hand.")
