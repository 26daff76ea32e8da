"""Setting up a new data directory: encoding, settings, access rules and the two roles, all or nothing."""

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from event_store.embedded.account import Account
from event_store.embedded.binaries import MAJOR_BUILTIN_LOCALE, Binaries
from event_store.embedded.place import PORT, Place
from event_store.embedded.refusals import EmbeddedPostgresRefusal

OWNER_ROLE = "opus_owner"
SERVICE_ROLE = "opus_service"
BOOTSTRAP_ROLE = "opus_bootstrap"
SETUP_SECONDS = 120

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "autovacuum": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "on",
    "log_filename": "postgresql-%a.log",  # A file a weekday, overwritten a week later: the log cannot grow for ever.
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_file_mode": "0600",
    "log_lock_waits": "on",
    "log_line_prefix": "%m [%p] %q%u@%d %a ",
    "cluster_name": "opus",
}

ACCESS_RULES = (
    "# Everyone proves a password; nobody is trusted for being on this machine.\nlocal all all scram-sha-256\n"
)


def create_cluster(place: Place, binaries: Binaries, account: Account, overrides: Mapping[str, str]) -> None:
    """Make the data directory beside its final place and move it there when it is whole."""
    scratch = place.root / "data.new"
    shutil.rmtree(scratch, ignore_errors=True)  # Left by a set-up that was killed.
    scratch.mkdir(mode=0o700)
    account.own(scratch)
    _initialise(scratch, binaries, account, synced=overrides.get("fsync") != "off")
    with (scratch / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude 'opus.conf'  # Written anew at every start.\ninclude_if_exists 'local.conf'\n")
    (scratch / "pg_hba.conf").write_text(ACCESS_RULES)
    write_settings(scratch, place, account, overrides)
    _create_roles(scratch, place, binaries, account)
    scratch.rename(place.data)


def write_settings(data: Path, place: Place, account: Account, overrides: Mapping[str, str]) -> None:
    """Write our settings; the file `local.conf` beside them may overrule them."""
    settings = {
        **SETTINGS,
        "log_directory": str(place.log),
        "unix_socket_directories": str(place.socket_folder),
        **overrides,
    }
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in settings.items()]
    file = data / "opus.conf"
    file.write_text("".join(lines))
    file.chmod(0o600)
    account.own(file)


def _initialise(data: Path, binaries: Binaries, account: Account, *, synced: bool) -> None:
    if binaries.major >= MAJOR_BUILTIN_LOCALE:
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    else:
        locale = ["--locale=C.UTF-8", "--locale-provider=libc"]
    # No one can sign in as the superuser: it has no password, and every access rule asks for one.
    arguments = [str(binaries.program("initdb")), f"--pgdata={data}", f"--username={BOOTSTRAP_ROLE}"]
    options = ["--encoding=UTF8", "--auth=reject", "--data-checksums", "--no-instructions", *locale]
    if not synced:
        options.append("--no-sync")
    _run([*arguments, *options], account, "initialise its data directory", None)


def _create_roles(data: Path, place: Place, binaries: Binaries, account: Account) -> None:
    # Single-user mode needs no password and no running server, so the roles are there before anyone can connect.
    statements = [
        f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB PASSWORD '{place.password(OWNER_ROLE)}'",
        f"GRANT pg_signal_backend TO {OWNER_ROLE}",  # Dropping a database ends the sessions still in it.
        f"CREATE ROLE {SERVICE_ROLE} LOGIN PASSWORD '{place.password(SERVICE_ROLE)}'",
    ]
    arguments = [str(binaries.program("postgres")), "--single", "-D", str(data), "-c", "logging_collector=off"]
    options = ["-c", "log_min_messages=warning", "-c", "exit_on_error=on", "postgres"]
    _run([*arguments, *options], account, "create its roles", "".join(f"{line};\n" for line in statements))


def _run(arguments: list[str], account: Account, purpose: str, text: str | None) -> None:
    try:
        done = subprocess.run(
            arguments,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            cwd="/",
            env=ENVIRONMENT,
            timeout=SETUP_SECONDS,
            **account.identity,
        )
    except subprocess.TimeoutExpired as error:
        message = f"Expected PostgreSQL to {purpose} within {SETUP_SECONDS} s, but it did not; is the disk slow?"
        raise EmbeddedPostgresRefusal(message) from error
    if done.returncode != 0:
        message = f"Expected PostgreSQL to {purpose}, but it said: {done.stderr.strip() or done.stdout.strip()}"
        raise EmbeddedPostgresRefusal(message)
