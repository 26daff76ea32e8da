"""Workflow files as YAML: read with line and column, safe against what else YAML can do, written for people."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.values import WHOLE_NUMBER_MAX
from domain.workflows.checks import check
from domain.workflows.design import Design
from domain.workflows.editing import edit
from domain.workflows.portable import WorkflowFileRefused, write_workflow
from domain.workflows.reading import read_workflow
from runner.cli.workflow_file import FileUnreadable, read_file, read_text, write_text

EXAMPLE = Path(__file__).parents[3] / "examples" / "invoice_approval" / "workflow.yaml"

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
lines = st.lists(st.text("ab :#-'\"\t%|>", max_size=8), max_size=4).map("\n".join)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-WHOLE_NUMBER_MAX, WHOLE_NUMBER_MAX)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts
    | lines
    | st.sampled_from(
        ["yes", "null", "1", "1.5", "2026-01-01", "0o17", "~", "- a", "a: b", "<<", "=", "&a", "*a", "!x"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(texts | st.sampled_from(["yes", "1", "<<"]), inner, max_size=3)
    ),
    max_leaves=10,
)


def read(text: str) -> Any:
    return read_text(text.encode(), "w.yaml").content


def refused(text: str | bytes, folder: Path | None = None) -> FileUnreadable:
    with pytest.raises(FileUnreadable) as refusal:
        read_text(text if isinstance(text, bytes) else text.encode(), "w.yaml", folder)
    return refusal.value


@given(st.dictionaries(texts, values, max_size=4))
def test_what_is_written_is_read_the_same(content: dict[str, Any]) -> None:
    found = read(write_text(content))
    assert found == content
    assert repr(found) == repr(content)


@given(st.text(max_size=60) | st.text("[]{}:-&*! \n#'\"|>?,%@`", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read_text(text.encode("utf-8", "surrogatepass"), "w.yaml")
    except FileUnreadable as refusal:
        assert refusal.facts["line"] >= 1  # noqa: PT017 - either way is right; a refusal must say where.


def test_texts_of_several_lines_stand_as_such() -> None:
    assert write_text({"code": "a = 1\nb = 2\n"}) == "code: |\n  a = 1\n  b = 2\n"


def test_dates_and_words_for_truth_stay_text() -> None:
    assert read("{a: 2026-01-01, b: yes, c: true, d: 012, e: 0x1F, f: 1_000}") == {
        "a": "2026-01-01",
        "b": "yes",
        "c": True,
        "d": 12,
        "e": 31,
        "f": 1000,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: {c: 1, c: 2}", 'Expected each key once in w.yaml at line 2, column 11, but got the key "c" again.'),
        ("a: &x [1]\nb: *x", "Expected no anchors or aliases in w.yaml at line 1, column 4, but got &x."),
        ("a: !!python/object:os.system x", "at line 1, column 4"),
        ("a: !!set {b}", "at line 1, column 4"),
        (
            "a: .nan",
            "Expected a finite number in w.yaml at line 1, column 4, but got one that is infinite or no number.",
        ),
        ("a: 9007199254740993", "Expected a whole number within ±(2^53-1) in w.yaml at line 1, column 4"),
        ("1: a", "Expected a key that is text in w.yaml at line 1, column 1, but got another; put it into quotes."),
        ("? [a]\n: b", "Expected a key that is text in w.yaml at line 1, column 3"),
        ("a: 'b", "Expected YAML in w.yaml at line 1, column 6"),
        ("a: b\n\tc: d", "Expected YAML in w.yaml at line 2"),
        ("", "Expected a workflow in w.yaml at line 1, column 1, but got an empty file."),
        ("a: 1\n---\nb: 2", "Expected YAML in w.yaml at line 2, column 1"),
        (b"a: \xff", "Expected UTF-8 in w.yaml at line 1, column 1, but got another byte at offset 3."),
        (b"a: \x07", "Expected YAML without control characters in w.yaml at line 1, column 1"),
        ("[" * 5_000, "Expected fewer levels in w.yaml at line 1, column 1, but got too many."),
        (b"a" * (5 * 1024 * 1024 + 1), "Expected at most 5242880 bytes in w.yaml at line 1, column 1"),
    ],
)
def test_what_is_no_plain_value_is_refused_with_line_and_column(text: str | bytes, message: str) -> None:
    assert message in refused(text).message


def test_aliases_cannot_make_much_of_little() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert "no anchors or aliases" in refused(bomb).message


def test_code_stands_in_a_file_beside_the_workflows(tmp_path: Path) -> None:
    (tmp_path / "find.py").write_text("x = 1\n", encoding="utf-8")
    text = b"tasks: {a: {code: {file: find.py}, other: {file: find.py}}}"
    found = read_text(text, "w.yaml", tmp_path).content["tasks"]["a"]
    assert found == {"code": "x = 1\n", "other": {"file": "find.py"}}
    assert read_text(text, "w.yaml").content["tasks"]["a"]["code"] == {"file": "find.py"}


@pytest.mark.parametrize("name", ["../secret.py", "/etc/passwd", "link.py", "gone.py", "."])
def test_only_code_beside_the_file_is_read(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "workflow"
    folder.mkdir()
    (tmp_path / "secret.py").write_text("secret", encoding="utf-8")
    (folder / "link.py").symlink_to(tmp_path / "secret.py")
    refusal = refused(f"tasks:\n  a:\n    code: {{file: {name}}}", folder)
    assert refusal.details[0].path == "w.yaml:3:11"
    assert "secret" not in refusal.details[0].found.replace("secret.py", "")


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"Expected a file that can be read in .*gone\.yaml at line 1, column 1"):
        read_file(tmp_path / "gone.yaml")


def test_refusals_of_the_content_are_located(tmp_path: Path) -> None:
    path = tmp_path / "w.yaml"
    path.write_text(
        "format: opus.workflow.1\nname: x\ntasks:\n  a:\n    kind: code\n    on_error: panic\n", encoding="utf-8"
    )
    text = read_text(path.read_bytes(), "w.yaml")
    with pytest.raises(WorkflowFileRefused) as refusal:
        read_file(path)
    assert [text.located(detail) for detail in refusal.value.details] == [
        "w.yaml:6:15: Expected 'fail_job', 'error_route', 'continue' or 'hold' for tasks.a.on_error, but got \"panic\".",
    ]


def test_checks_are_located_in_the_file() -> None:
    text = read_text(b"format: opus.workflow.1\nname: x\ntasks:\n  a:\n    kind: extract_text\n", "w.yaml")
    drawn = edit(Design(), read_workflow(text.content).operations)[1]
    assert text.located(check(drawn)[0].detail).startswith(
        "w.yaml:5:5: Expected an edge or constant that brings a file"
    )


def test_the_example_can_be_activated_as_it_is() -> None:
    file, text = read_file(EXAMPLE)
    drawn = edit(Design(), file.operations)[1]
    assert file.name == "Vendor invoice approval"
    assert [text.located(one.detail) for one in check(drawn)] == []
    assert (EXAMPLE.parent / "find_total.py").read_text(encoding="utf-8") == drawn.tasks["find"].config["code"]


def test_the_example_is_written_and_read_as_it_was_drawn() -> None:
    drawn = edit(Design(), read_file(EXAMPLE)[0].operations)[1]
    again = read_workflow(read(write_text(write_workflow("x", drawn))))
    assert edit(Design(), again.operations)[1].content_hash() == drawn.content_hash()
