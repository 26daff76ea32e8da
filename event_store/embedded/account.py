"""The system account PostgreSQL runs under: oneself, or an account of its own when we are root."""

import os
import pwd
import shutil
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from event_store.embedded.refusals import EmbeddedPostgresRefusal

ACCOUNT_NAME = "opus-postgres"
CREATE_SECONDS = 10.0
PROBE_SECONDS = 10.0


class ProcessIdentity(TypedDict, total=False):
    """The arguments of `subprocess` that make a child run as another account."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """One system account, and whether becoming it needs root."""

    uid: int
    gid: int
    name: str
    switches: bool

    @property
    def identity(self) -> ProcessIdentity:
        """How a child process becomes this account; nothing when it is ourselves."""
        return ProcessIdentity(user=self.uid, group=self.gid, extra_groups=[]) if self.switches else ProcessIdentity()

    def own(self, path: Path) -> None:
        """Give the file or folder to this account."""
        if self.switches:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Whether this account can reach the folder through all its parents; tried out, so that ACLs count too."""
        return self._succeeds(["/bin/sh", "-c", 'cd "$1"', "sh", str(folder)])

    def can_run(self, program: Path) -> bool:
        """Whether this account can execute the program where it lies."""
        return self._succeeds([str(program), "--version"])

    def _succeeds(self, arguments: list[str]) -> bool:
        try:
            done = subprocess.run(
                arguments,
                cwd="/",
                capture_output=True,
                check=False,
                timeout=PROBE_SECONDS,
                **self.identity,
            )
        except OSError:
            return False
        return done.returncode == 0


def account_for_postgres() -> Account:
    """Oneself; for root, who may not run PostgreSQL, the account `opus-postgres`, created on first use."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), name=_name_of(os.geteuid()), switches=False)
    entry = _find(ACCOUNT_NAME) or _create(ACCOUNT_NAME)
    account = Account(uid=entry.pw_uid, gid=entry.pw_gid, name=ACCOUNT_NAME, switches=True)
    if not account.can_enter(Path("/")):
        message = (
            f"Expected root to be able to start programs as {ACCOUNT_NAME}, but the system does not allow it "
            "(a container without the capabilities SETUID and SETGID?); run as an ordinary user instead."
        )
        raise EmbeddedPostgresRefusal(message)
    return account


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:  # Containers often run under a number without a name.
        return str(uid)


def _create(name: str) -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if useradd is None:
        message = (
            "Expected the program useradd, since PostgreSQL does not run as root and needs an account of its own, "
            "but it is not installed; install it (Debian: apt-get install passwd) or run as an ordinary user."
        )
        raise EmbeddedPostgresRefusal(message)
    arguments = [useradd, "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"]
    deadline = time.monotonic() + CREATE_SECONDS
    while True:
        done = subprocess.run(
            [*arguments, "--shell", "/usr/sbin/nologin", name], capture_output=True, text=True, check=False, cwd="/"
        )
        if (entry := _find(name)) is not None:  # Also when another process was faster.
            return entry
        if time.monotonic() > deadline:
            message = f"Expected useradd to create the account {name}, but it said: {done.stderr.strip()}"
            raise EmbeddedPostgresRefusal(message)
        time.sleep(0.1)  # The account file is locked for a moment by another program.
