"""Each check: what it finds, that a good workflow is free of it, and that its repair mends it."""

from typing import Any

import pytest

from domain.graph import Given
from domain.types import BooleanType, FileType, ListType, NumberType, ValueType
from domain.types.fits import fits
from domain.workflows import operations as ops
from domain.workflows.checks import OutsideFinding, blocking, check, sources
from domain.workflows.design import Design, InputSetting, Task
from domain.workflows.editing import edit
from tests.domain.workflows.drawn import (
    DECIMAL,
    FILE,
    NUMBER,
    TEXT,
    code,
    codes,
    decision,
    design,
    edge,
    forced,
    gives,
    link,
    only,
    review,
    takes,
    variable,
)

TAKES_TEXT = (variable("text"),)
A, B, C = code("a"), code("b", TAKES_TEXT), code("c", TAKES_TEXT)


def mended(drawn: Design, code_of_check: str) -> Design:
    repair = only(drawn, code_of_check).repair
    assert repair is not None
    later = edit(drawn, repair)[1]
    assert code_of_check not in [one.code for one in check(later)]
    return later


GOOD = design(
    takes("x"),
    code("a", TAKES_TEXT),
    code("find", TAKES_TEXT),
    decision("sure", variable("found", required=False)),
    review("approve", "find"),
    code("export", TAKES_TEXT, join="any"),
    gives("y", required=True),
    gives("z"),
    link("inputs.x", "a.text"),
    link("a.out", "find.text"),
    link("find.out", "sure.found"),
    link("sure.false", "approve"),
    link("sure.true", "export"),
    link("approve.accepted", "export"),
    link("approve.out", "export.text"),
    link("find.out", "export.text"),
    link("approve.out", "outputs.y"),
    link("find.out", "outputs.y"),
    link("export.out", "outputs.z"),
)


def test_a_good_workflow_has_no_checks() -> None:
    assert check(GOOD) == []


def test_a_workflow_without_tasks_has_nothing_to_run() -> None:
    assert only(Design(), "WORKFLOW_EMPTY").message == "Expected at least one task for tasks, but got none."


def test_a_cycle_is_named() -> None:
    drawn = forced(design(B, C, link("b.out", "c.text")), edge("c.out", "b.text"))
    found = only(drawn, "CYCLE")
    assert found.message == "Expected tasks that never lead back for tasks.b, but got b → c → b."


def test_each_knot_of_tasks_gives_one_cycle_and_what_lies_between_gives_none() -> None:
    tasks = [code(name, TAKES_TEXT) for name in "abcdefg"]
    drawn = forced(
        design(*tasks), *(edge(f"{pair[0]}.done", pair[1]) for pair in ("ab", "ba", "bc", "cd", "de", "ed", "ff", "eg"))
    )
    assert [one.found for one in check(drawn) if one.code == "CYCLE"] == ["a → b → a", "d → e → d", "f → f"]


def test_a_kind_that_is_not_known_here_is_found() -> None:
    drawn = GOOD.with_task(Task(name="odd", kind="magic"))
    assert only(drawn, "TASK_KIND_UNKNOWN").place == "tasks.odd.kind"


@pytest.mark.parametrize(
    ("kind", "config", "message"),
    [
        (
            "code",
            {"cod": 1},
            'Expected a setting that is known here for tasks.t.cod, but got "cod"; did you mean code?',
        ),
        ("code", {"code": 1}, "Expected a valid string for tasks.t.code, but got a number."),
        (
            "decision",
            {"conditions": [{"operation": "is_null"}]},
            "Expected a setting that must be there for tasks.t.conditions[0].source, but got nothing.",
        ),
    ],
)
def test_a_configuration_that_cannot_be_read_is_found(kind: str, config: dict[str, Any], message: str) -> None:
    drawn = design(ops.AddTask(task="t", kind=kind, config=config))
    assert only(drawn, "CONFIGURATION_MISFIT").message == message


def test_missing_configuration_is_found_with_its_place() -> None:
    found = only(
        design(ops.AddTask(task="t", kind="human_review", config={"reviews": "a"}), A), "MISSING_CONFIGURATION"
    )
    assert (found.severity, found.place, found.task) == ("error", "tasks.t.assignment", "t")


def test_findings_from_outside_are_errors() -> None:
    finding = OutsideFinding(task="a", path="code", message="unexpected indent", line=2)
    (found,) = check(GOOD, [finding])
    assert found.message == "Expected code that can run for tasks.a.code, but got at line 2: unexpected indent."
    assert blocking([found]) == [found]


def test_an_output_named_error_is_found() -> None:
    assert only(design(code("a", (), (variable("error"),))), "NAME_RESERVED").place == "tasks.a.outputs.error"


def test_a_default_of_another_type_is_found_and_mended() -> None:
    drawn = edit(GOOD, [ops.DeclareInput(input=variable("x", default=[1]))])[1]
    assert only(drawn, "DEFAULT_MISFIT").message == "Expected text for inputs.x.default, but got a list."
    assert mended(drawn, "DEFAULT_MISFIT") == GOOD


@pytest.mark.parametrize(
    ("of", "given", "meant"),
    [
        (DECIMAL, 12.5, "12.5"),
        (TEXT, 7, "7"),
        (NUMBER, "7", 7),
        (NUMBER, "7.5", 7.5),
        (BooleanType(), "true", True),
        (ListType(items=TEXT), "a", ["a"]),
        (DECIMAL, "much", None),
        (BooleanType(), "yes", None),
        (NumberType(maximum=5), "7", None),
    ],
)
@pytest.mark.parametrize("what", ["default", "sample"])
def test_what_is_meant_by_a_default_or_sample_of_another_type_is_kept(
    of: ValueType, given: Any, meant: Any, what: str
) -> None:
    wrong = variable("x", of).model_copy(update={what: Given(value=given)})
    later = mended(design(ops.DeclareInput(input=wrong), A), "DEFAULT_MISFIT").inputs["x"]
    assert getattr(later, what) == (None if meant is None else Given(value=meant))


def test_a_type_mismatch_names_both_ends() -> None:
    drawn = forced(design(A, code("n", (variable("number", NUMBER),))), edge("a.out", "n.number"))
    assert only(drawn, "TYPE_MISMATCH").message == (
        "Expected a number from a.out for tasks.n.inputs.number, but got text."
    )


@pytest.mark.parametrize(
    ("origin", "end", "code_of_check", "message"),
    [
        ("a.gone", "b.text", "VARIABLE_UNKNOWN", "but got a has no output gone."),
        ("a.out.x", "b.text", "VARIABLE_UNKNOWN", "but got a.out is text."),
        ("a.out", "b.gone", "VARIABLE_UNKNOWN", "but got b has no input gone."),
        ("a.true", "b", "ROUTE_UNKNOWN", "Expected a route of a (done, error) for tasks.b.after, but got true."),
        ("gone.out", "b.text", "VARIABLE_UNKNOWN", "but got there is no task gone."),
        ("gone.done", "b", "TASK_UNKNOWN", "but got no task gone."),
        ("inputs.gone", "b.text", "VARIABLE_UNKNOWN", "but got the workflow has no input gone."),
        ("a.out", "outputs.gone", "VARIABLE_UNKNOWN", "but got the workflow has no output gone."),
    ],
)
def test_unknown_ends_are_found_and_mended(origin: str, end: str, code_of_check: str, message: str) -> None:
    drawn = forced(design(A, B, takes("x"), link("inputs.x", "b.text")), edge(origin, end))
    assert only(drawn, code_of_check).message.endswith(message)
    assert edge(origin, end) not in mended(drawn, code_of_check).edges


def test_a_required_input_without_a_source_is_found() -> None:
    assert only(design(B), "INPUT_WITHOUT_SOURCE").message == (
        "Expected an edge or constant that brings text for tasks.b.inputs.text, but got none."
    )
    assert only(design(B), "INPUT_WITHOUT_SOURCE").repair is None


def test_a_source_about_which_there_is_no_doubt_is_offered() -> None:
    later = mended(design(takes("text"), B), "INPUT_WITHOUT_SOURCE")
    assert edge("inputs.text", "b.text") in later.edges
    behind = design(B, code("z", TAKES_TEXT, (variable("text"),)), link("b.out", "z.text"))
    assert only(behind, "INPUT_WITHOUT_SOURCE").repair is None
    two = design(takes("text"), B, code("z", (), (variable("text"),)))
    assert only(two, "INPUT_WITHOUT_SOURCE").repair is None


def test_sources_are_looked_for_no_further_than_the_first_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counted(given: ValueType, taken: ValueType) -> object:
        nonlocal compared
        compared += 1
        return fits(given, taken)

    monkeypatch.setattr(sources, "fits", counted)
    tasks = [code(f"task_{number}", TAKES_TEXT, (variable("text"),)) for number in range(200)]
    assert codes(design(*tasks)).count("INPUT_WITHOUT_SOURCE") == len(tasks)
    assert compared <= 4 * len(tasks)


@pytest.mark.parametrize(
    "setting",
    [
        ops.SetTaskInput(task="b", input="text", setting=InputSetting(constant=Given(value="x"))),
        code("b", (variable("text", required=False),)),
        code("b", (variable("text", default="x"),)),
    ],
)
def test_constants_defaults_and_what_is_optional_need_no_edge(setting: ops.Operation) -> None:
    operations = [setting] if isinstance(setting, ops.AddTask) else [B, setting]
    assert codes(design(*operations)) == []


def test_a_constant_of_another_type_or_for_no_input_is_found_and_mended() -> None:
    for name, expected in (("text", "TYPE_MISMATCH"), ("gone", "VARIABLE_UNKNOWN")):
        setting = InputSetting(constant=Given(value=1))
        drawn = design(
            takes("x"), B, link("inputs.x", "b.text"), ops.SetTaskInput(task="b", input=name, setting=setting)
        )
        assert codes(drawn) == [expected]
        assert codes(mended(drawn, expected)) == []


def test_gathering_needs_a_list() -> None:
    drawn = design(
        takes("x"),
        B,
        link("inputs.x", "b.text"),
        ops.SetTaskInput(task="b", input="text", setting=InputSetting(gather=True)),
    )
    assert codes(drawn) == ["GATHER_MISFIT"]
    assert "GATHER_MISFIT" in codes(
        design(ops.DeclareOutput(output=variable("y"), gather=True), A, link("a.out", "outputs.y"))
    )
    listed = ops.DeclareOutput(output=variable("y", ListType(items=TEXT)), gather=True)
    assert codes(design(listed, A, link("a.out", "outputs.y"))) == []


def test_a_required_output_that_nothing_brings_is_found() -> None:
    assert only(design(A, gives("y", required=True)), "UNREACHABLE_OUTPUT").place == "outputs.y"
    assert codes(design(A, gives("y"))) == []


def test_an_output_that_only_tasks_that_never_run_bring_is_found() -> None:
    drawn = design(
        decision("d", variable("x", required=False)),
        A,
        link("d.true", "a"),
        link("d.false", "a"),
        gives("y", required=True),
        link("a.out", "outputs.y"),
    )
    assert sorted(codes(drawn)) == ["EXCLUSIVE_ROUTES", "UNREACHABLE_OUTPUT"]


def test_all_over_routes_that_exclude_each_other_is_found_and_mended() -> None:
    drawn = design(decision("d", variable("x", required=False)), A, link("d.true", "a"), link("d.false", "a"))
    assert only(drawn, "EXCLUSIVE_ROUTES").message == (
        "Expected routes that can all be taken, or any of them to be enough for tasks.a.after, "
        "but got d.false and d.true, which exclude each other."
    )
    assert mended(drawn, "EXCLUSIVE_ROUTES").tasks["a"].policy.join == "any"


def test_a_task_that_no_way_leads_to_is_found_also_through_others() -> None:
    drawn = design(
        decision("d", variable("x", required=False)),
        A,
        code("e"),
        code("both", (variable("one"), variable("two"))),
        code("behind", TAKES_TEXT),
        link("d.true", "a"),
        link("d.false", "e"),
        link("a.out", "both.one"),
        link("e.out", "both.two"),
        link("both.out", "behind.text"),
    )
    assert [(one.code, one.place) for one in check(drawn) if one.severity == "error"] == [("NEVER_RUNS", "tasks.both")]


def test_a_merge_after_a_branch_is_reached() -> None:
    drawn = design(
        decision("d", variable("x", required=False)),
        A,
        code("e"),
        code("merge", (variable("one"),)),
        link("d.true", "a"),
        link("d.false", "e"),
        link("a.out", "merge.one"),
        link("e.out", "merge.one"),
    )
    assert codes(drawn) == []


def test_the_error_route_excludes_the_outputs_of_its_task() -> None:
    drawn = design(code("a", on_error="error_route"), B, link("a.error", "b"), link("a.out", "b.text"))
    assert codes(drawn) == ["NEVER_RUNS"]


def test_what_waits_for_an_error_route_needs_the_policy() -> None:
    drawn = design(A, code("b", (variable("message"),)), link("a.error.message", "b.message"), link("a.error", "b"))
    assert codes(drawn) == ["ERROR_ROUTE_NOT_TAKEN", "ERROR_ROUTE_NOT_TAKEN"]
    assert codes(edit(drawn, [ops.SetTaskPolicy(task="a", on_error="error_route")])[1]) == []


def test_outputs_of_a_task_that_may_fail_and_go_on_feed_nothing_required() -> None:
    drawn = design(code("a", on_error="continue"), B, link("a.out", "b.text"))
    found = only(drawn, "CONTINUE_FEEDS_REQUIRED")
    assert found.place == "tasks.b.inputs.text"
    mended(drawn, "CONTINUE_FEEDS_REQUIRED")
    optional = design(
        code("a", on_error="continue"), code("b", (variable("text", required=False),)), link("a.out", "b.text")
    )
    assert codes(optional) == []
    output = design(code("a", on_error="continue"), gives("y", required=True), link("a.out", "outputs.y"))
    assert codes(output) == ["CONTINUE_FEEDS_REQUIRED"]
    reviewed = design(code("a", on_error="continue"), review("r", "a"))
    assert codes(reviewed) == ["CONTINUE_FEEDS_REQUIRED"]


def test_a_review_of_no_task_of_nothing_or_with_an_edge_of_its_own_is_found() -> None:
    assert "TASK_UNKNOWN" in codes(design(A, review("r", "gone")))
    assert codes(design(decision("d", variable("x", required=False)), review("r", "d"))) == []
    own = forced(design(A, review("r", "a")), edge("a.out", "r.reviewed"))
    assert "REVIEWED_INPUT_FED" in codes(own)


def test_reviews_that_review_each_other_are_a_cycle() -> None:
    assert "CYCLE" in codes(design(review("r", "s"), review("s", "r")))


def test_a_reviewed_output_used_beside_its_review_is_found_and_mended() -> None:
    drawn = design(A, review("r", "a"), B, link("r.accepted", "b"), link("a.out", "b.text"))
    assert only(drawn, "USED_BESIDE_REVIEW").message == (
        "Expected what a gives to come through its review r, or after it in edge order for tasks.b.inputs.text, "
        "but got a.out beside the review."
    )
    later = mended(drawn, "USED_BESIDE_REVIEW")
    assert [one for one in later.edges if one.input == "text"] == [edge("r.out", "b.text"), edge("a.out", "b.text")]


def test_the_review_must_stand_before_what_it_reviews_in_edge_order() -> None:
    wrong = design(A, review("r", "a"), gives("y"), link("a.out", "outputs.y"), link("r.out", "outputs.y"))
    assert codes(wrong) == ["USED_BESIDE_REVIEW"]
    right = design(A, review("r", "a"), gives("y"), link("r.out", "outputs.y"), link("a.out", "outputs.y"))
    assert codes(right) == []


def test_what_leads_to_the_review_may_look_first() -> None:
    drawn = design(
        A,
        decision("d", variable("x", required=False)),
        review("r", "a"),
        link("a.out", "d.x"),
        link("d.false", "r"),
    )
    assert codes(drawn) == []


def test_a_review_whose_decision_nobody_follows_is_a_warning() -> None:
    drawn = design(A, review("r", "a"), B, link("r.out", "b.text"))
    assert only(drawn, "REVIEW_NOT_FOLLOWED").message == (
        "Expected a task that uses the outputs of r to follow accepted or rejected for tasks.b.after, "
        "but got one that runs whatever was decided."
    )
    behind = code("e", (variable("text"), variable("reviewed_text")))
    later = edit(drawn, [link("r.accepted", "b"), behind, link("b.out", "e.text"), link("r.out", "e.reviewed_text")])[1]
    assert "REVIEW_NOT_FOLLOWED" not in codes(later, "warning")


def test_a_decision_route_that_leads_nowhere_is_a_warning() -> None:
    drawn = design(decision("d", variable("x", required=False)), A, link("d.true", "a"))
    assert only(drawn, "ROUTE_LEADS_NOWHERE").place == "tasks.d.false"
    caught = design(code("a", on_error="error_route"))
    assert only(caught, "ROUTE_LEADS_NOWHERE").place == "tasks.a.error"


def test_any_over_routes_that_do_not_exclude_each_other_is_a_warning() -> None:
    drawn = design(A, code("e"), code("b", join="any"), link("a.done", "b"), link("e.done", "b"))
    assert only(drawn, "ANY_NOT_EXCLUSIVE").found == "a.done and e.done, which can both be taken"
    assert "ANY_NOT_EXCLUSIVE" not in codes(GOOD, "warning")


def test_what_nobody_uses_is_a_warning() -> None:
    drawn = design(
        takes("x"), code("a", (), (variable("one"), variable("two"))), gives("y"), link("a.one", "outputs.y")
    )
    assert [(one.code, one.place) for one in check(drawn)] == [
        ("INPUT_UNUSED", "inputs.x"),
        ("OUTPUT_UNUSED", "tasks.a.outputs.two"),
    ]
    assert codes(mended(drawn, "INPUT_UNUSED"), "warning") == ["OUTPUT_UNUSED"]


def test_pages_that_a_kind_always_gives_need_not_be_used() -> None:
    drawn = design(
        takes("file", FILE),
        ops.AddTask(task="t", kind="extract_text"),
        gives("y"),
        link("inputs.file", "t.file"),
        link("t.text", "outputs.y"),
    )
    assert check(drawn) == []


def heavy(count: int, *links: ops.Operation) -> Design:
    names = [f"t{number}" for number in range(count)]
    tasks = [code(name, (variable("text", required=False),), heavy=True) for name in names]
    return design(*tasks, *links)


def test_more_than_three_heavy_tasks_at_once_are_a_warning() -> None:
    assert only(heavy(4), "HEAVY_AT_ONCE").found == "4 of t0, t1, t2, t3"
    assert "HEAVY_AT_ONCE" not in codes(heavy(3), "warning")


def test_heavy_tasks_that_wait_for_each_other_count_once() -> None:
    assert "HEAVY_AT_ONCE" not in codes(heavy(4, link("t0.out", "t3.text")), "warning")
    two_chains = heavy(
        6, link("t0.out", "t1.text"), link("t1.out", "t2.text"), link("t3.out", "t4.text"), link("t4.done", "t5")
    )
    assert "HEAVY_AT_ONCE" not in codes(two_chains, "warning")
    star = heavy(6, *(link("t0.out", f"t{number}.text") for number in range(1, 6)))
    assert only(star, "HEAVY_AT_ONCE").found.startswith("5 of ")


def test_errors_stand_before_warnings() -> None:
    drawn = design(takes("x"), B, code("e", (variable("n", DECIMAL),)))
    severities = [one.severity for one in check(drawn)]
    assert severities == sorted(severities)
    assert severities.count("error") == 2


def test_a_file_of_another_kind_never_fits() -> None:
    drawn = forced(
        design(
            takes("f", FileType(kinds=("text/csv",))),
            code("a", (variable("pdf", FileType(kinds=("application/pdf",))),)),
        ),
        edge("inputs.f", "a.pdf"),
    )
    assert codes(drawn) == ["TYPE_MISMATCH"]


def wait_for(name: str, message: str, of: Any) -> ops.AddTask:
    config = {"message": message, "outputs": [{"name": "message", "type": of.model_dump(mode="json")}]}
    return ops.AddTask(task=name, kind="wait", config=config)


def test_tasks_that_wait_for_the_same_message_expect_the_same_of_it() -> None:
    drawn = design(
        wait_for("first", "paid", TEXT), wait_for("second", "paid", NUMBER), wait_for("third", "due", NUMBER)
    )
    found = only(drawn, "MESSAGE_TYPES_DIFFER")
    assert (found.task, found.place, found.severity) == ("second", "tasks.second.outputs.message", "error")
    alike = design(wait_for("first", "paid", TEXT), wait_for("second", "paid", TEXT))
    assert "MESSAGE_TYPES_DIFFER" not in [one.code for one in check(alike)]
