"""A backup brings everything back into an empty place, and nothing that is damaged, half there or in the way."""

import hashlib
import json
import shutil
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from event_store.backup import BackupRefusal, Holdings, Manifest, backup, expect_whole, restore, restoring
from event_store.embedded import EmbeddedPostgres
from event_store.epochs import LogIdentity, begin_epoch
from tests.conftest import MIGRATIONS, Database, TemplateDatabase

ACTOR = "system:test"


@pytest.fixture
def holdings(short_folder: Path) -> Holdings:
    """A home with two stored files and its keys."""
    home = short_folder / "home"
    holdings = Holdings(home=home, blobs=home / "blobs", master_key_file=home / "keys" / "master.key")
    for name, content in (("blobs/ab/one", b"one"), ("blobs/cd/two", b"two" * 500_000), ("keys/master.key", b"key")):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return holdings


@pytest.fixture
def elsewhere(short_folder: Path) -> Iterator[Holdings]:
    """A home that does not exist yet, and a key kept outside it."""
    home = short_folder / "restored"
    yield Holdings(home=home, blobs=home / "blobs", master_key_file=home / "keys" / "master.key")
    EmbeddedPostgres(home).destroy()


def _events(dsn: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as session:
        return session.execute("SELECT notification_id, hash, state FROM stored_events ORDER BY 1").fetchall()


def _rights(dsn: str) -> list[tuple[object, ...]]:
    query = """SELECT relname, relacl::text FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
        WHERE nspname IN ('public', 'views') UNION ALL SELECT proname, proacl::text FROM pg_proc
        JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname IN ('public', 'views') ORDER BY 1"""
    with psycopg.connect(dsn) as session:
        return session.execute(query).fetchall()


@pytest.mark.parametrize("name", ["kept", "kept.tar"])
def test_a_backup_restores_events_rights_files_and_keys_and_begins_an_epoch(
    database: Database, holdings: Holdings, elsewhere: Holdings, short_folder: Path, name: str
) -> None:
    begin_epoch(database.owner_dsn, reason="something to keep", actor=ACTOR)
    kept = _events(database.owner_dsn)
    manifest = backup(short_folder / name, owner_dsn=database.owner_dsn, holdings=holdings)
    assert manifest.last_position == len(kept) == 2
    restored = restore(short_folder / name, holdings=elsewhere, actor=ACTOR)
    assert restored.manifest == manifest
    assert restored.log.epoch == 3
    for folder in ("blobs", "keys"):
        files = {path.relative_to(holdings.home): path.read_bytes() for path in (holdings.home / folder).rglob("*/*")}
        assert {path: (elsewhere.home / path).read_bytes() for path in files} == files
    assert not (elsewhere.home / "restoring").exists()
    with EmbeddedPostgres(elsewhere.home) as server:
        assert _events(server.owner_dsn())[:-1] == kept
        assert _rights(server.owner_dsn()) == _rights(database.owner_dsn)
        with (
            psycopg.connect(server.service_dsn()) as service,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            service.execute("DELETE FROM stored_events")


@pytest.mark.parametrize("name", ["kept.zip", "kept.tar.gz", "KEPT.TGZ"])
def test_a_name_that_promises_another_form_is_refused(holdings: Holdings, tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupRefusal, match=r"ends in \.tar, but"):
        backup(tmp_path / name, owner_dsn="never asked", holdings=holdings)
    assert list(tmp_path.glob("*[!e]*")) == [each for each in tmp_path.iterdir() if each.name == "home"]


def test_a_backup_can_be_restored_into_every_other_postgresql(
    every_template_database: TemplateDatabase,
    database: Database,
    holdings: Holdings,
    elsewhere: Holdings,
    short_folder: Path,
) -> None:
    backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=holdings)
    empty = every_template_database.empty()
    restore(short_folder / "kept", holdings=elsewhere, actor=ACTOR, owner_dsn=empty.owner_dsn, migrations=MIGRATIONS)
    assert _events(empty.owner_dsn)[:-1] == _events(database.owner_dsn)
    backup(short_folder / "again.tar", owner_dsn=empty.owner_dsn, holdings=elsewhere)
    every_template_database.drop(empty)


def test_a_key_kept_outside_the_home_folder_is_part_of_the_backup(
    database: Database, holdings: Holdings, elsewhere: Holdings, short_folder: Path
) -> None:
    outside = Holdings(home=holdings.home, blobs=holdings.blobs, master_key_file=short_folder / "vault.key")
    outside.master_key_file.write_bytes(b"outside")
    outside.secrets_keys_file.write_bytes(b"keys of secrets")
    backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=outside)
    target = Holdings(home=elsewhere.home, blobs=elsewhere.blobs, master_key_file=short_folder / "new" / "vault.key")
    restore(short_folder / "kept", holdings=target, actor=ACTOR)
    assert target.master_key_file.read_bytes() == b"outside"
    assert target.secrets_keys_file.read_bytes() == b"keys of secrets"


def test_only_its_owner_can_read_a_backup_and_it_says_what_it_is(
    database: Database, holdings: Holdings, short_folder: Path
) -> None:
    backup(short_folder / "kept.tar", owner_dsn=database.owner_dsn, holdings=holdings)
    backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=holdings)
    assert stat.S_IMODE((short_folder / "kept.tar").stat().st_mode) == 0o600
    assert stat.S_IMODE((short_folder / "kept").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (short_folder / "kept").rglob("*") if path.is_file()} == {
        0o600
    }
    assert "opus restore" in (short_folder / "kept" / "README.txt").read_text()
    assert not list(short_folder.glob(".kept*"))


def test_an_existing_target_is_not_overwritten(database: Database, holdings: Holdings, short_folder: Path) -> None:
    (short_folder / "kept").mkdir()
    with pytest.raises(BackupRefusal, match=r"Expected to make a new backup, but .*kept is there already"):
        backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=holdings)


def test_a_home_that_is_not_empty_is_refused_and_left_alone(
    database: Database, holdings: Holdings, short_folder: Path
) -> None:
    backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=holdings)
    with pytest.raises(BackupRefusal, match=r"Expected .*home to be empty for a restore, but it is not"):
        restore(short_folder / "kept", holdings=holdings, actor=ACTOR)
    assert holdings.master_key_file.read_bytes() == b"key"


def test_a_database_that_is_not_empty_is_refused_and_left_alone(
    database: Database, holdings: Holdings, elsewhere: Holdings, short_folder: Path
) -> None:
    backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=holdings)
    before = _events(database.owner_dsn)
    with pytest.raises(BackupRefusal, match="Expected an empty database for a restore, but it has a table"):
        restore(short_folder / "kept", holdings=elsewhere, actor=ACTOR, owner_dsn=database.owner_dsn)
    assert _events(database.owner_dsn) == before
    assert not elsewhere.home.exists()


def _change_a_blob(folder: Path) -> None:
    (folder / "blobs" / "ab" / "one").write_bytes(b"0ne")


def _lose_a_blob(folder: Path) -> None:
    (folder / "blobs" / "ab" / "one").unlink()


def _add_a_file(folder: Path) -> None:
    (folder / "keys" / "another.key").write_bytes(b"?")


def _lose_the_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _point_outside(folder: Path) -> None:
    manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes()).model_dump(mode="json")
    manifest["files"][0]["name"] = "../outside"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder / "database.dump").unlink()


@pytest.mark.parametrize("as_tar", [False, True])
@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_change_a_blob, "Expected blobs/ab/one in .* to be as its manifest says"),
        (_lose_a_blob, "Expected blobs/ab/one in .*, but it is missing"),
        (_add_a_file, r"Expected only what its manifest lists in .*, but keys/another\.key is there too"),
        (_lose_the_manifest, r"Expected a backup at .*, but it holds no manifest\.json"),
        (_point_outside, "Expected the names in .* to stay inside it"),
    ],
)
def test_a_damaged_backup_is_refused_and_nothing_of_it_is_kept(
    short_folder: Path, damage: object, sentence: str, elsewhere: Holdings, database: Database, *, as_tar: bool
) -> None:
    small = Holdings(home=short_folder, blobs=short_folder / "files", master_key_file=short_folder / "keys" / "k")
    for path in (short_folder / "files" / "ab" / "one", small.master_key_file):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"one")
    source = short_folder / "kept"
    backup(source, owner_dsn=database.owner_dsn, holdings=small)
    assert callable(damage)
    damage(source)
    if as_tar:
        with tarfile.open(short_folder / "kept.tar", "w") as archive:
            for path in source.rglob("*"):
                if path.is_file():
                    archive.add(path, arcname=path.relative_to(source).as_posix())
        source = short_folder / "kept.tar"
    with pytest.raises(BackupRefusal, match=sentence):
        restore(source, holdings=elsewhere, actor=ACTOR)
    assert not elsewhere.home.exists()


def test_a_dump_postgresql_does_not_take_leaves_nothing_behind(
    database: Database, holdings: Holdings, elsewhere: Holdings, short_folder: Path
) -> None:
    folder = short_folder / "kept"
    manifest = backup(folder, owner_dsn=database.owner_dsn, holdings=holdings)
    whole = (folder / "database.dump").read_bytes()
    (folder / "database.dump").write_bytes(whole[: len(whole) // 2])
    shutil.copy(folder / "database.dump", short_folder / "half")
    again = [file.model_dump() for file in manifest.files if file.name != "database.dump"]
    damaged = manifest.model_dump(mode="json") | {"files": [*again, _described(short_folder / "half")]}
    (folder / "manifest.json").write_text(json.dumps(damaged))
    with pytest.raises(BackupRefusal, match="Expected PostgreSQL to take the database of the backup, but it said"):
        restore(folder, holdings=elsewhere, actor=ACTOR)
    assert not elsewhere.home.exists()


def _described(file: Path) -> dict[str, object]:
    content = file.read_bytes()
    return {"name": "database.dump", "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}


def test_a_home_whose_restore_was_cut_off_is_noticed(
    database: Database, holdings: Holdings, elsewhere: Holdings, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(short_folder / "kept", owner_dsn=database.owner_dsn, holdings=holdings)
    expect_whole(elsewhere.home)

    def look_then_go_on(dsn: str, *, reason: str, actor: str) -> LogIdentity:
        with pytest.raises(BackupRefusal, match=r"Expected .* to be whole, but a restore into it was cut off"):
            expect_whole(elsewhere.home)
        return begin_epoch(dsn, reason=reason, actor=actor)

    monkeypatch.setattr(restoring, "begin_epoch", look_then_go_on)
    restore(short_folder / "kept", holdings=elsewhere, actor=ACTOR)
    expect_whole(elsewhere.home)


def test_what_is_no_backup_is_refused(short_folder: Path, elsewhere: Holdings) -> None:
    text = short_folder / "text.tar"
    text.write_text("not a tar file")
    with pytest.raises(BackupRefusal, match=r"Expected a backup at .*nowhere, but there is nothing"):
        restore(short_folder / "nowhere", holdings=elsewhere, actor=ACTOR)
    with pytest.raises(BackupRefusal, match=r"Expected .* to be a backup, a folder or a tar file"):
        restore(text, holdings=elsewhere, actor=ACTOR)
