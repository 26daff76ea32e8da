"""Files and values over plain HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

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


@pytest.mark.parametrize(
    ("name", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\temp\\a.txt", "a.txt"), ("", "file"), ('a"\r\nX: y.txt', 'a"\r\nX: y.txt')],
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
