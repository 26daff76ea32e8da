"""Keys: made once, kept from others, derived the same for ever."""

from __future__ import annotations

import json
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from event_store.keys import KEY_BYTES, Digests, KeyRefused, ensure_master_key, load_master_key, workspace_key

GOLDEN = json.loads((Path(__file__).parent.parent / "golden" / "keys.json").read_text(encoding="utf-8"))
MASTER, WORKSPACE = bytes.fromhex(GOLDEN["master"]), UUID(GOLDEN["workspace"])


def test_keys_and_digests_are_as_they_always_were() -> None:
    assert workspace_key(MASTER, WORKSPACE, GOLDEN["purpose"]).hex() == GOLDEN["key"]
    digests = Digests(MASTER, WORKSPACE)
    for case in GOLDEN["claim_keys"]:
        assert digests.claim_key(case["kind"], case["text"]) == case["hex"]
    for case in GOLDEN["digests"]:
        assert digests.digest(case["content"].encode()) == case["hex"]


def test_workspaces_and_purposes_have_keys_of_their_own() -> None:
    keys = {workspace_key(MASTER, workspace, purpose) for workspace in (WORKSPACE, uuid4()) for purpose in ("a", "b")}
    assert len(keys) == 4
    assert Digests(MASTER, WORKSPACE).digest(b"a") != Digests(MASTER, uuid4()).digest(b"a")


def test_the_master_key_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    with ThreadPoolExecutor(8) as threads:
        made = set(threads.map(ensure_master_key, [path] * 16))
    assert made == {path.read_bytes()}
    assert len(path.read_bytes()) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]


def test_a_key_file_that_cannot_be_trusted_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "master.key"
    with pytest.raises(KeyRefused, match="no such file"):
        load_master_key(path)
    ensure_master_key(path)
    path.chmod(0o640)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_master_key(path)
    path.chmod(0o600)
    path.write_bytes(b"short")
    with pytest.raises(KeyRefused, match="but it has 5"):
        ensure_master_key(path)
