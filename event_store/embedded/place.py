"""Where everything of one embedded PostgreSQL lies, and why it may lie elsewhere than in its folder."""

import hashlib
import os
import re
import secrets
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from event_store.embedded.account import Account
from event_store.embedded.binaries import SYSTEM_FOLDER
from event_store.embedded.refusals import EmbeddedPostgresRefusal

PORT = 5432  # Only names the socket: nothing listens on TCP.
SOCKET_PATH_BYTES_MAX = 107
PASSWORD_BYTES = 32
SLUG_CHARACTERS_MAX = 40


@dataclass(frozen=True)
class Place:
    """The folders of one server: `home` is ours (lock, passwords), `root` is its account's (data, log, socket)."""

    home: Path
    root: Path

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.root / "data"

    @property
    def log(self) -> Path:
        """The folder of the server's log, one file a weekday."""
        return self.root / "log"

    @property
    def lock(self) -> Path:
        """The file locked while someone starts or stops the server."""
        return self.home / "lock"

    @property
    def data_major(self) -> int | None:
        """The major version that wrote the data, or None when there are none yet."""
        try:
            return int((self.data / "PG_VERSION").read_text().strip())
        except FileNotFoundError:
            return None

    @property
    def socket_folder(self) -> Path:
        """Where the socket is: beside the data, or where a short enough folder was made."""
        record = self.root / "socket-folder"
        return Path(record.read_text().strip()) if record.exists() else self.root / "run"

    def password(self, role: str) -> str:
        """The role's password, made at random on first use and kept in a file only we can read."""
        file = self.home / "passwords" / role
        if not file.exists():
            file.parent.mkdir(mode=0o700, exist_ok=True)
            fresh = file.with_suffix(".new")
            fresh.unlink(missing_ok=True)
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as stream:
                stream.write(secrets.token_hex(PASSWORD_BYTES))
                stream.flush()
                os.fsync(stream.fileno())
            fresh.rename(file)
        return file.read_text()


def find_place(folder: Path) -> Place:
    """Where the server of this folder lies or would first be tried."""
    home = folder / "postgres"
    record = home / "elsewhere"
    return Place(home=home, root=Path(record.read_text().strip()) if record.exists() else home)


def prepare_place(folder: Path, account: Account) -> Place:
    """Make the folders; where the account cannot reach them, the data go under /var/lib/opus and a file says so."""
    place = find_place(folder)
    if place.root == place.home and not place.data.exists() and account.switches and not account.can_enter(place.home):
        SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        # The random part keeps a folder deleted and made anew from finding the data of the first.
        slug = re.sub(r"[^A-Za-z0-9]+", "-", str(folder)).strip("-")[-SLUG_CHARACTERS_MAX:].strip("-")
        place = Place(home=place.home, root=SYSTEM_FOLDER / f"{slug}-{secrets.token_hex(4)}")
        place.root.mkdir(mode=0o700)
        account.own(place.root)
        (place.root / "belongs-to").write_text(f"{folder}\n")
        (place.home / "elsewhere").write_text(f"{place.root}\n")
    if not account.can_enter(place.root):
        message = (
            f"Expected the account {account.name} to reach {place.root}, but a folder above it does not let it pass; "
            f"allow it (chmod o+x) or move {folder} to where it can."
        )
        raise EmbeddedPostgresRefusal(message)
    for part in (place.log, place.root / "run"):
        if not part.exists():
            part.mkdir(mode=0o700)
            account.own(part)
    _prepare_socket_folder(place, account)
    return place


def _prepare_socket_folder(place: Place, account: Account) -> None:
    record = place.root / "socket-folder"
    if _fits(place.root / "run"):
        record.unlink(missing_ok=True)
        return
    if record.exists() and _is_private(place.socket_folder, account):
        return
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    digest = hashlib.sha256(str(place.root).encode()).hexdigest()[:8]
    candidates = [runtime, "/tmp"] if runtime and not account.switches else ["/tmp"]  # noqa: S108 - mkdtemp makes it private.
    parent = next(path for path in candidates if Path(path).is_dir() and os.access(path, os.W_OK))
    folder = Path(tempfile.mkdtemp(prefix=f"opus-{digest}-", dir=parent))
    account.own(folder)
    record.write_text(f"{folder}\n")


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_BYTES_MAX


def _is_private(folder: Path, account: Account) -> bool:
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == account.uid and stat.S_IMODE(found.st_mode) == stat.S_IRWXU
