"""Secrets are sealed rows: bound to their place, opened by any key of the ring, sealed anew when keys change."""

from __future__ import annotations

import asyncio
import base64
import os
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest

from event_store.key_ring import KeysInFile, new_key, open_source, read_ring
from event_store.keys import KeyRefused
from event_store.reader import Reader
from event_store.secrets import Resealed, Secrets, SecretUnreadable
from tests.conftest import Database

pytestmark = pytest.mark.anyio

WORKSPACE, BANK, SHOP = uuid4(), uuid4(), uuid4()
CANARY = "canary-5d1c0e"


@pytest.fixture
async def reader(database: Database) -> AsyncIterator[Reader]:
    reader = Reader(database.service_dsn)
    await reader.start()
    yield reader
    await reader.stop()


@pytest.fixture
def keys(tmp_path: Path) -> KeysInFile:
    return KeysInFile(tmp_path / "keys" / "secrets.keys")


async def seal(secrets: Secrets, credential: UUID = BANK, value: str = CANARY) -> int:
    return await secrets.seal(WORKSPACE, credential, {"token": value, "port": 25}, after=0)


async def test_what_is_sealed_opens_again_and_stands_nowhere_in_plain(
    database: Database, reader: Reader, keys: KeysInFile
) -> None:
    secrets = Secrets(reader, keys)
    assert await seal(secrets) == 1
    assert await seal(secrets, value="another") == 2
    assert await secrets.open(WORKSPACE, BANK, 1) == {"token": CANARY, "port": 25}
    assert (await secrets.open(WORKSPACE, BANK, 2))["token"] == "another"
    with psycopg.connect(database.owner_dsn) as connection:
        rows = connection.execute("select * from secrets").fetchall()
    assert len(rows) == 2
    assert CANARY not in repr(rows)
    assert CANARY not in repr(secrets)


async def test_revisions_go_on_from_what_the_log_has_and_writers_at_once_get_one_each(
    reader: Reader, keys: KeysInFile
) -> None:
    secrets = Secrets(reader, keys)
    assert await secrets.seal(WORKSPACE, BANK, {"token": "x"}, after=7) == 8
    given = await asyncio.gather(*(seal(secrets) for _ in range(5)))
    assert sorted(given) == [9, 10, 11, 12, 13]


@pytest.mark.parametrize("change", ["credential", "revision", "workspace", "sealed"])
async def test_a_row_that_was_changed_or_moved_does_not_open(
    database: Database, reader: Reader, keys: KeysInFile, change: str
) -> None:
    secrets = Secrets(reader, keys)
    await seal(secrets)
    place = {"workspace": WORKSPACE, "credential": BANK, "revision": 1}
    with psycopg.connect(database.owner_dsn) as connection:
        if change == "sealed":
            connection.execute("update secrets set sealed = set_byte(sealed, 3, get_byte(sealed, 3) # 1)")
        else:
            place[change] = 2 if change == "revision" else uuid4()
            connection.execute(f"update secrets set {change} = %s".encode(), (place[change],))
    with pytest.raises(SecretUnreadable, match="the row was changed; set them again"):
        await secrets.open(place["workspace"], place["credential"], place["revision"])  # type: ignore[arg-type]


async def test_what_was_dropped_is_gone(reader: Reader, keys: KeysInFile) -> None:
    secrets = Secrets(reader, keys)
    for _ in range(3):
        await seal(secrets)
    await seal(secrets, SHOP)
    assert await secrets.drop(WORKSPACE, BANK, through=2) == 2
    assert (await secrets.open(WORKSPACE, BANK, 3))["token"] == CANARY
    assert set(await secrets.held()) == {(WORKSPACE, BANK, 1), (WORKSPACE, SHOP, 1)}
    assert await secrets.drop(WORKSPACE, BANK, through=3) == 1
    with pytest.raises(SecretUnreadable, match="they are gone"):
        await secrets.open(WORKSPACE, BANK, 3)
    assert await secrets.held() == [(WORKSPACE, SHOP, 1)]


async def test_a_new_key_seals_and_the_old_ones_open_until_all_is_sealed_anew(reader: Reader, keys: KeysInFile) -> None:
    secrets, elsewhere = Secrets(reader, keys), Secrets(reader, keys)
    for _ in range(3):
        await seal(elsewhere)
    first = (await secrets.ring()).newest
    keys.add()
    assert (await secrets.open(WORKSPACE, BANK, 1))["token"] == CANARY
    assert await secrets.reseal() == Resealed(rows=3)
    assert await secrets.reseal() == Resealed()
    assert await secrets.counts() == {(await secrets.ring()).newest: 3}
    assert first in (await secrets.ring()).keys
    # A process that has not heard of the new key reads the ring again when it meets it.
    assert (await elsewhere.open(WORKSPACE, BANK, 2))["token"] == CANARY


async def test_what_is_sealed_after_a_key_was_added_is_sealed_under_it(reader: Reader, keys: KeysInFile) -> None:
    elsewhere = Secrets(reader, keys)
    await seal(elsewhere)
    newest = keys.add().newest
    await Secrets(reader, keys).reseal()
    await seal(elsewhere)
    assert await elsewhere.counts() == {newest: 2}


async def test_one_secret_that_cannot_be_opened_keeps_no_other_from_being_sealed_anew(
    database: Database, reader: Reader, keys: KeysInFile
) -> None:
    secrets = Secrets(reader, keys)
    for _ in range(3):
        await seal(secrets)
    with psycopg.connect(database.owner_dsn) as connection:
        connection.execute("update secrets set key = 'lost' where revision = 1")
        connection.execute("update secrets set sealed = '\\x00' where revision = 2")
    newest = keys.add().newest
    done = await secrets.reseal()
    assert done.rows == 1
    assert {revision: why for (*_, revision), why in done.unreadable.items()} == {
        1: "Expected the key lost that a secret was sealed under, but the ring does not have it; bring it back, or set the secret again.",
        2: "Expected the secrets of the credential as they were sealed, but the row was changed; set them again.",
    }
    assert (await secrets.counts())[newest] == 1


async def test_a_key_that_is_gone_is_named_with_what_to_do(reader: Reader, keys: KeysInFile, tmp_path: Path) -> None:
    await seal(Secrets(reader, keys))
    ring = await Secrets(reader, keys).ring()
    other = Secrets(reader, open_source(new_key(), tmp_path / "unused"))
    with pytest.raises(SecretUnreadable, match=f"the key {ring.newest} .* bring it back"):
        await other.open(WORKSPACE, BANK, 1)


async def test_where_secrets_were_sealed_a_file_of_keys_that_is_gone_is_not_made_anew(
    reader: Reader, keys: KeysInFile, tmp_path: Path
) -> None:
    await seal(Secrets(reader, keys))
    (tmp_path / "keys" / "secrets.keys").unlink()
    with pytest.raises(KeyRefused, match="restore it from its backup"):
        await Secrets(reader, keys).ring()
    with pytest.raises(KeyRefused, match="restore it from its backup"):
        keys.add()
    assert list((tmp_path / "keys").iterdir()) == []


async def test_of_many_who_meet_an_unknown_key_at_once_few_run_the_program(reader: Reader, tmp_path: Path) -> None:
    await seal(Secrets(reader, open_source(new_key(), tmp_path / "unused")))
    runs, program = tmp_path / "runs", tmp_path / "program"
    program.write_text(f"echo >> {runs}\necho {new_key()}\n")
    secrets = Secrets(reader, open_source(f"exec:sh {program}", tmp_path / "unused"))
    opened = await asyncio.gather(*(secrets.open(WORKSPACE, BANK, 1) for _ in range(20)), return_exceptions=True)
    assert {type(each) for each in opened} == {SecretUnreadable}
    assert len(runs.read_text().splitlines()) <= 3


def test_a_file_of_keys_is_made_once_for_its_owner_only(keys: KeysInFile, tmp_path: Path) -> None:
    ring = keys.read()
    path = tmp_path / "keys" / "secrets.keys"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert keys.read().keys == ring.keys
    added = keys.add()
    assert next(iter(added.keys)) == ring.newest
    assert added.newest != ring.newest
    assert base64.b64encode(added.keys[added.newest]).decode() not in repr(added)
    path.chmod(0o644)
    with pytest.raises(KeyRefused, match="chmod 600"):
        keys.read()


def test_keys_may_stand_in_the_environment(tmp_path: Path) -> None:
    first, second = new_key(), new_key()
    source = open_source(f"{first},{second}", tmp_path / "unused")
    assert base64.b64encode(source.read().keys[source.read().newest]).decode() == second
    with pytest.raises(KeyRefused, match="restart all parts"):
        source.add()
    assert not (tmp_path / "unused").exists()


def test_keys_may_be_printed_by_a_program(tmp_path: Path) -> None:
    key = new_key()
    kept = tmp_path / "vault"
    kept.write_text(key)
    source = open_source(f"exec:{sys.executable} -c 'print(open(\"{kept}\").read())'", tmp_path / "unused")
    assert base64.b64encode(source.read().keys[source.read().newest]).decode() == key
    with pytest.raises(KeyRefused, match="names a program"):
        source.add()


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("exec:/does/not/exist", "FileNotFoundError"),
        ("exec:", "IndexError"),
        (f"exec:{sys.executable} -c 'print(\"{CANARY}\"); raise SystemExit(3)'", "it ended with 3"),
        (f"exec:{sys.executable} -c 'print(\"{CANARY}\")'", "the 1. is something else"),
        (f"exec:{sys.executable} -c 'print(\"A\" * 100000)'", "it has 0"),
        (f"file:{os.devnull}", "readable by its owner only"),
    ],
)
def test_what_gives_no_keys_is_refused_without_repeating_it(tmp_path: Path, program: str, why: str) -> None:
    with pytest.raises(KeyRefused, match=why) as refused:
        open_source(program, tmp_path / "unused").read()
    assert CANARY not in str(refused.value)


def test_a_wrong_key_is_not_repeated() -> None:
    with pytest.raises(KeyRefused, match=r"the 2\. is something else") as refused:
        read_ring(f"{new_key()} {CANARY}", "here")
    assert CANARY not in str(refused.value)
    with pytest.raises(KeyRefused, match="it has 0"):
        read_ring(" \n", "here")
