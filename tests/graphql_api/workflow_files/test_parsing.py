"""Workflow files as YAML: read with line and column, safe against what else YAML can do, written for people."""

from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.refusals import Detail
from domain.values import WHOLE_NUMBER_MAX
from domain.workflows.checks import check
from domain.workflows.design import Design
from domain.workflows.editing import edit
from domain.workflows.portable import write_workflow
from domain.workflows.reading import read_workflow
from graphql_api.workflow_files.parsing import read_text
from graphql_api.workflow_files.printing import write_text
from graphql_api.workflow_files.whole import WholeFile, read_whole

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
    found = read_text(text.encode(), "w.yaml")
    assert found.faults == ()
    return found.content


def refused(text: str | bytes, folder: Path | None = None) -> tuple[Detail, ...]:
    found = read_text(text if isinstance(text, bytes) else text.encode(), "w.yaml", folder)
    assert found.faults
    return found.faults


@given(st.dictionaries(texts, values, max_size=4))
def test_what_is_written_is_read_the_same(content: dict[str, Any]) -> None:
    found = read(write_text(content))
    assert found == content
    assert repr(found) == repr(content)


@given(st.text(max_size=60) | st.text("[]{}:-&*! \n#'\"|>?,%@`", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    for fault in read_text(text.encode("utf-8", "surrogatepass"), "w.yaml").faults:
        assert (fault.line or 0) >= 1
        assert (fault.column or 0) >= 1


def test_texts_of_several_lines_stand_as_such() -> None:
    assert write_text({"code": "a = 1\nb = 2\n"}) == "code: |\n  a = 1\n  b = 2\n"


def test_dates_and_words_for_truth_stay_text() -> None:
    assert read("{a: 2026-01-01, b: yes, c: true, d: 012, e: 0x1F, f: 1_000, g: 1e3, h: 0o17, i: ~, j: -.5}") == {
        "a": "2026-01-01",
        "b": "yes",
        "c": True,
        "d": 12,
        "e": 31,
        "f": "1_000",
        "g": 1000.0,
        "h": 15,
        "i": None,
        "j": -0.5,
    }


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: {c: 1, c: 2}", '2:11: Expected each key once, but got the key "c" again.'),
        ("a: &x [1]\nb: *x", "1:4: Expected no anchors or aliases, but got &x."),
        ("a: !!python/object:os.system x", "1:4: Expected a value that JSON has"),
        ("a: !!set {b}", "1:4: Expected values that JSON has"),
        (
            "a: .nan",
            "1:4: Expected a finite number, but got one that is infinite or no number.",
        ),
        ("a: 9007199254740993", "1:4: Expected a whole number within ±(2^53-1)"),
        ("1: a", "1:1: Expected a key that is text, but got another; put it into quotes."),
        ("? [a]\n: b", "1:3: Expected a key that is text"),
        ("a: 'b", "1:6: Expected YAML"),
        ("a: b\n\tc: d", "2:1: Expected YAML"),
        ("", "1:1: Expected a workflow, but got an empty file."),
        ("a: 1\n---\nb: 2", "2:1: Expected one document, but got another."),
        (b"a: \xff", "1:4: Expected UTF-8, but got another byte at offset 3."),
        (
            b"a: 1\nb: x\x07",
            "2:5: Expected characters that can be seen (write others in double quotes, as \\u0085)",
        ),
        (
            "a: 1\nb: x\u2028y",
            "2:5: Expected characters that can be seen (write others in double quotes, as \\u0085), but got U+2028.",
        ),
        ("[" * 5_000, "1:1001: Expected at most 64 levels, but got far more."),
        ("[" * 500, "1:65: Expected at most 64 levels, but got more."),
        (
            "a:\n" + "".join(" " * n + "b:\n" for n in range(1, 500)),
            "65:65: Expected at most 64 levels",
        ),
        ("? [&a x, *a]\n: b", "1:4: Expected no anchors or aliases, but got &a."),
        (b"a" * (5 * 1024 * 1024 + 1), "1:1: Expected at most 5242880 bytes"),
    ],
)
def test_what_is_no_plain_value_is_refused_with_line_and_column(text: str | bytes, message: str) -> None:
    first = refused(text)[0]
    assert f"{first.line}:{first.column}: {first.message}".startswith(message)


def test_aliases_cannot_make_much_of_little() -> None:
    bomb = "a: &a [x, x]\n" + "".join(
        f"{name}: &{name} [*{before}, *{before}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
    )
    assert {one.expected for one in refused(bomb)} == {"no anchors or aliases"}
    assert len(refused("a: &a x\nb: [" + "*a, " * 100_000 + "]")) == 100


def test_all_that_cannot_stand_in_a_file_is_named_at_once() -> None:
    text = "a: 1\na: 2\nb: !!python/object:os.system x\n3: c\nd: [.inf, &x 1]\n"
    assert [(one.line, one.column) for one in refused(text)] == [(2, 1), (3, 4), (4, 1), (5, 5), (5, 11)]


def test_a_thousand_tasks_are_read_soon() -> None:
    tasks = {
        f"t{n}": {
            "kind": "code",
            "code": "out = ''",
            "inputs": {f"i{m}": {"type": "str", "from": f"t{n}.out"} for m in range(3)},
        }
        for n in range(1_000)
    }
    written = write_text({"format": "opus.workflow.1", "tasks": tasks}).encode()
    began = process_time()
    read_text(written, "w.yaml")
    assert process_time() - began < 1.5  # 0.2 s on a quiet machine; five times as long with a parser in Python.


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
    fault, *_ = refused(f"tasks:\n  a:\n    code: {{file: {name}}}", folder)
    assert (fault.line, fault.column) == (3, 11)
    assert "secret" not in fault.found.replace("secret.py", "")


def test_checks_are_located_in_the_file() -> None:
    text = read_text(b"format: opus.workflow.1\nname: x\ntasks:\n  a:\n    kind: extract_text\n", "w.yaml")
    drawn = edit(Design(), read_workflow(text.content).operations)[1]
    assert text.located(check(drawn)[0].detail).startswith(
        "w.yaml:5:5: Expected an edge or constant that brings a file"
    )


def example() -> WholeFile:
    return read_whole(EXAMPLE.read_bytes(), "w.yaml", EXAMPLE.parent).require()


def test_the_example_can_be_activated_as_it_is() -> None:
    whole = example()
    drawn = whole.design
    assert whole.wanted.name == "Vendor invoice approval"
    assert [whole.text.located(one.detail) for one in check(drawn)] == []
    assert (EXAMPLE.parent / "find_total.py").read_text(encoding="utf-8") == drawn.tasks["find"].config["code"]


def test_the_example_is_written_and_read_as_it_was_drawn() -> None:
    drawn = example().design
    again = read_workflow(read(write_text(write_workflow("x", drawn))))
    assert edit(Design(), again.operations)[1].content_hash() == drawn.content_hash()
