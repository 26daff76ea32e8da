"""Files and values over plain HTTP."""

from __future__ import annotations

import base64
import hashlib
import time
from collections.abc import Iterator

import httpx2
import pytest

from graphql_api.http_answers import content_headers
from tests.graphql_api.house import FILE_BYTES_MAX, Client, House

FILE = "query ($id: ID!, $at: Position) { file(id: $id, atLeastPosition: $at) { id name mediaType size url storedBy { name } } }"


def test_a_file_of_a_form_is_stored_and_fetched(house: House, admin: Client) -> None:
    answer = admin.http.post("/files", files={"file": ("Rechnung März.pdf", b"%PDF-1.7 x", "application/pdf")})
    assert answer.status_code == 201
    stored = answer.json()
    position = stored.pop("position")
    assert stored == {
        "id": stored["id"],
        "name": "Rechnung März.pdf",
        "mediaType": "application/pdf",
        "size": 10,
        "url": f"/files/{stored['id']}",
    }
    assert answer.headers["location"] == stored["url"]
    assert admin.ask(FILE, id=stored["id"], at=position) == stored | {"storedBy": {"name": "admin"}}
    fetched = admin.http.get(stored["url"])
    assert fetched.content == b"%PDF-1.7 x"
    assert fetched.headers["content-type"] == "application/pdf"
    assert fetched.headers["content-disposition"] == (
        "attachment; filename=\"Rechnung M_rz.pdf\"; filename*=UTF-8''Rechnung%20M%C3%A4rz.pdf"
    )
    assert fetched.headers["x-content-type-options"] == "nosniff"
    assert house.events(stored["id"]) == ["file.stored.v1"]
    again = admin.http.get(stored["url"], headers={"If-None-Match": fetched.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_bare_content_is_stored_under_a_name(admin: Client) -> None:
    stored = admin.http.post("/files?name=a.csv", content=b"a,b\n", headers={"Content-Type": "text/csv; charset=utf-8"})
    assert (stored.json()["name"], stored.json()["mediaType"], stored.json()["size"]) == ("a.csv", "text/csv", 4)


def test_a_name_that_a_task_gave_brings_no_header() -> None:
    said = content_headers('a"\r\nX: y.txt', "text/plain", {})["Content-Disposition"]
    assert said == "attachment; filename=\"a___X_ y.txt\"; filename*=UTF-8''a%22%0D%0AX%3A%20y.txt"


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\temp\\a.txt", "a.txt"), ("", "file"), ('a"; X: y.txt', 'a"; X: y.txt')],
)
def test_a_name_brings_no_path_and_no_header(admin: Client, name: str, kept: str) -> None:
    stored = admin.http.post("/files", params={"name": name}, content=b"x").json()
    assert stored["name"] == kept
    fetched = admin.http.get(stored["url"])
    assert "x" not in fetched.headers
    assert "\n" not in fetched.headers["content-disposition"]


def test_a_media_type_that_is_none_is_bytes(admin: Client) -> None:
    stored = admin.http.post("/files?name=a", content=b"x", headers={"Content-Type": "text/html<script>"}).json()
    assert stored["mediaType"] == "application/octet-stream"


def test_a_file_that_is_too_large_is_refused_whether_its_length_is_told_or_not(house: House, admin: Client) -> None:
    before = house.last_position()

    def pieces() -> Iterator[bytes]:
        for _ in range(FILE_BYTES_MAX // 1000 + 1):
            yield b"x" * 1000

    told = admin.http.post("/files?name=a", content=b"x" * (FILE_BYTES_MAX + 1))
    untold = admin.http.post("/files?name=a", content=pieces())
    far_over = admin.http.post("/files?name=a", content=b"x" * (3 * FILE_BYTES_MAX))
    for answer in (told, untold, far_over):
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (413, "CONTENT_TOO_LARGE")
    assert house.last_position() == before


def test_a_form_without_a_file_is_refused(admin: Client) -> None:
    answer = admin.http.post("/files", data={"a": "b"}, files={})
    assert answer.status_code in (201, 400)  # without a file httpx sends no form at all
    broken = admin.http.post("/files", content=b"--x\r\n", headers={"Content-Type": "multipart/form-data; boundary=x"})
    assert broken.status_code == 400
    assert broken.json()["errors"][0]["message"].startswith("Expected")


def test_files_need_a_key_and_its_permissions(house: House, admin: Client) -> None:
    stored = admin.http.post("/files?name=a.txt", content=b"x").json()
    auditor, reviewer = house.let_in(admin.workspace, "auditor"), house.let_in(admin.workspace, "reviewer")
    assert auditor.http.get(stored["url"]).content == b"x"
    assert auditor.http.post("/files?name=b", content=b"x").status_code == 403
    assert reviewer.http.get(stored["url"]).status_code == 403
    for method, path in (("POST", "/files"), ("GET", stored["url"]), ("GET", "/values/abc")):
        answer = admin.http.request(method, path, headers={"Authorization": ""})
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_another_workspaces_file_is_as_none(house: House, admin: Client) -> None:
    stored = admin.http.post("/files?name=a.txt", content=b"x").json()
    stranger = house.open_workspace()
    of_another, of_none = stranger.http.get(stored["url"]), stranger.http.get(f"/files/{stranger.member}")
    assert (of_another.status_code, of_none.status_code) == (404, 404)
    assert of_another.text.replace(stored["id"], "…") == of_none.text.replace(str(stranger.member), "…")
    assert stranger.ask(FILE, id=stored["id"]) is None


@pytest.mark.parametrize("token", ["abc", "AAAA" * 20, "é", "a" * 5000])
def test_a_link_that_is_not_ours_opens_nothing(admin: Client, token: str) -> None:
    assert admin.http.get(f"/values/{token}").status_code == 404


def test_what_a_file_is_is_told_by_its_content(admin: Client) -> None:
    stored = admin.http.post("/files", files={"file": ("a.csv", b"%PDF-1.7 x", "text/csv")}).json()
    assert stored["mediaType"] == "application/pdf"
    query = (
        "query ($id: ID!, $at: Position) { file(id: $id, atLeastPosition: $at) { mediaType saidMediaType detected } }"
    )
    assert admin.ask(query, id=stored["id"], at=stored["position"]) == {
        "mediaType": "application/pdf",
        "saidMediaType": "text/csv",
        "detected": "application/pdf",
    }
    assert admin.http.get(stored["url"]).headers["content-type"] == "application/pdf"


CONTENT = bytes(range(256)) * 8


@pytest.mark.parametrize(
    ("asked", "status", "first", "end"),
    [
        ("bytes=0-0", 206, 0, 1),
        ("bytes=100-199", 206, 100, 200),
        ("bytes=2000-", 206, 2000, 2048),
        ("bytes=2000-99999", 206, 2000, 2048),
        ("bytes=-48", 206, 2000, 2048),
        ("bytes=-99999", 206, 0, 2048),
        ("bytes=0-1,4-5", 200, 0, 2048),
        ("bytes=9-1", 200, 0, 2048),
        ("lines=1-2", 200, 0, 2048),
        ("bytes=-", 200, 0, 2048),
    ],
)
def test_a_range_of_a_file_is_fetched(admin: Client, asked: str, status: int, first: int, end: int) -> None:
    url = admin.http.post("/files?name=a", content=CONTENT).json()["url"]
    answer = admin.http.get(url, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, CONTENT[first:end])
    assert answer.headers["content-length"] == str(end - first)
    assert answer.headers["accept-ranges"] == "bytes"
    shown = f"bytes {first}-{end - 1}/{len(CONTENT)}" if status == 206 else None
    assert answer.headers.get("content-range") == shown


def test_a_range_behind_the_end_is_refused(admin: Client) -> None:
    url = admin.http.post("/files?name=a", content=CONTENT).json()["url"]
    for asked in ("bytes=2048-", "bytes=5000-6000", "bytes=-0"):
        answer = admin.http.get(url, headers={"Range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, "bytes */2048")


def test_a_download_goes_on_only_with_the_same_content(admin: Client) -> None:
    url = admin.http.post("/files?name=a", content=CONTENT).json()["url"]
    tag = admin.http.head(url).headers["etag"]
    same = admin.http.get(url, headers={"Range": "bytes=10-", "If-Range": tag})
    other = admin.http.get(url, headers={"Range": "bytes=10-", "If-Range": '"another"'})
    assert (same.status_code, other.status_code) == (206, 200)
    digest = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()
    assert same.headers["repr-digest"] == f"sha-256=:{digest}:"


def test_a_head_tells_of_a_file_and_sends_nothing(admin: Client) -> None:
    url = admin.http.post("/files?name=a", content=CONTENT).json()["url"]
    answer = admin.http.head(url)
    assert (answer.status_code, answer.headers["content-length"], answer.content) == (200, "2048", b"")


LINK = "query ($id: ID!, $at: Position, $seconds: Int!) { file(id: $id, atLeastPosition: $at) { link(seconds: $seconds) { url expiresAt } } }"


def linked(client: Client, seconds: int = 60) -> str:
    """A link to a new file."""
    stored = client.http.post("/files?name=a.txt", content=b"for whoever has the link").json()
    link: str = client.ask(LINK, id=stored["id"], at=stored["position"], seconds=seconds)["link"]["url"]
    return link


def test_a_link_opens_one_file_without_a_key(house: House, admin: Client) -> None:
    link = linked(admin)
    answer = httpx2.get(house.url + link, trust_env=False)
    assert (answer.status_code, answer.content) == (200, b"for whoever has the link")
    part = httpx2.get(house.url + link, headers={"Range": "bytes=4-"}, trust_env=False)
    assert part.content == b"whoever has the link"


def test_a_link_that_was_changed_or_has_expired_opens_nothing(
    house: House, admin: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, other = linked(admin), linked(admin)
    file, signature = link.partition("?")[0], link.rpartition("=")[2]
    expires = link.partition("expires=")[2].partition("&")[0]
    for changed in (
        f"{file}?expires={int(expires) + 1}&signature={signature}",
        f"{other.partition('?')[0]}?expires={expires}&signature={signature}",
        f"{file}?expires={expires}&signature={signature[:-2]}AA",
        f"{file}?expires={expires}&signature=é",
        f"{file}?expires=&signature={signature}",
        f"/files/{admin.member}?expires={expires}&signature={signature}",
        f"/files/none?expires={expires}&signature={signature}",
    ):
        answer = httpx2.get(house.url + changed, trust_env=False)
        assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (404, "FILE_NOT_FOUND")
    assert httpx2.get(house.url + file, trust_env=False).status_code == 401
    later = time.time() + 61
    monkeypatch.setattr("graphql_api.files.signing.time.time", lambda: later)
    assert httpx2.get(house.url + link, trust_env=False).status_code == 404


def test_a_link_lasts_a_week_at_most(admin: Client) -> None:
    stored = admin.http.post("/files?name=a.txt", content=b"x").json()
    for seconds in (0, 7 * 24 * 60 * 60 + 1):
        error = admin.error(LINK, id=stored["id"], at=stored["position"], seconds=seconds)
        assert error["extensions"]["code"] == "ARGUMENT_REFUSED"


def test_a_workspace_stores_as_many_files_and_bytes_as_it_may(house: House, admin: Client) -> None:
    _, url, _ = house.open_door(workspace_files_max=2, workspace_bytes_max=1_000)
    try:
        client = house.client(url, admin.key, admin.workspace, admin.member)
        first = client.http.post("/files?name=a", content=b"x" * 600)
        assert first.status_code == 201
        assert house.do(house.system.waiting.wait_for(house.last_position()))
        too_much = client.http.post("/files?name=a", content=b"x" * 500)
        assert (too_much.status_code, too_much.json()["errors"][0]["extensions"]["code"]) == (413, "WORKSPACE_FULL")
        tus = {"Tus-Resumable": "1.0.0", "Upload-Length": "500"}
        over = client.http.post("/uploads", headers=tus)
        assert (over.status_code, over.json()["errors"][0]["extensions"]["code"]) == (413, "WORKSPACE_FULL")
        assert client.http.post("/uploads", headers={**tus, "Upload-Length": "300"}).status_code == 201
        under_way = client.http.post("/uploads", headers={**tus, "Upload-Length": "300"})
        assert under_way.status_code == 413
        assert client.http.post("/files?name=b", content=b"y").status_code == 201
        assert house.do(house.system.waiting.wait_for(house.last_position()))
        third = client.http.post("/files?name=c", content=b"z")
        assert third.json()["errors"][0]["message"] == (
            "Expected at most 2 files stored in this workspace, but with this file there would be more than its 2 now."
        )
    finally:
        house.close_last_door()


FILES = """
query ($id: ID!, $first: Int!, $after: Cursor, $at: Position) {
  workspace(id: $id) {
    storedFiles(first: $first, after: $after, atLeastPosition: $at) { nodes { name } pageInfo { hasNextPage endCursor } }
    storage(atLeastPosition: $at) { files bytes filesMax bytesMax }
  }
}
"""


def test_the_files_of_a_workspace_are_listed_and_counted(admin: Client) -> None:
    stored = [admin.http.post(f"/files?name={name}", content=b"same").json() for name in ("a", "b", "c")]
    asked = {"id": str(admin.workspace), "first": 2, "at": stored[-1]["position"]}
    page = admin.ask(FILES, **asked)
    assert [node["name"] for node in page["storedFiles"]["nodes"]] == ["c", "b"]
    assert page["storedFiles"]["pageInfo"]["hasNextPage"]
    assert (page["storage"]["files"], page["storage"]["bytes"]) == (3, 4.0)
    rest = admin.ask(FILES, **asked, after=page["storedFiles"]["pageInfo"]["endCursor"])
    assert [node["name"] for node in rest["storedFiles"]["nodes"]] == ["a"]


def test_the_files_of_a_workspace_are_listed_with_the_permission_only(house: House, admin: Client) -> None:
    reviewer = house.let_in(admin.workspace, "reviewer")
    for field in ("storedFiles { nodes { id } }", "storage { files }"):
        error = reviewer.error(f"query ($id: ID!) {{ workspace(id: $id) {{ {field} }} }}", id=str(admin.workspace))
        assert error["extensions"]["code"] == "PERMISSION_MISSING"
