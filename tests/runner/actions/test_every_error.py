"""The contract of errors: each that a kind declares is provoked by a test, once for each way in which a retry may or may not help."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from domain.kinds import KINDS
from domain.kinds.errors import CREDENTIAL_ERRORS, EVERY_KIND_ERRORS, STORING_ERRORS
from runner.actions.registry import ACTIONS
from tests.runner.actions.provoking import Provoked, all_claimed, claimed, provokes

ROOT = Path(__file__).parents[3]
ELSEWHERE = {
    "INPUT_MISFIT": "tests/runner/test_outcomes.py::test_an_input_of_a_wrong_type_fails_the_run_before_it_is_performed",
    "OUTPUT_MISFIT": "tests/runner/test_outcomes.py::test_a_wrong_missing_or_unknown_output_fails_the_run_and_names_each",
    "TIME_LIMIT_EXCEEDED": "tests/runner/test_outcomes.py::test_a_run_is_ended_at_its_time_limit",
    "OUTCOME_UNKNOWN": "tests/domain/jobs/test_retrying.py::test_an_effect_whose_outcome_is_unknown_is_never_tried_again_by_itself",
    "RUNNER_LOST": "tests/runner/test_taking_over.py::test_a_run_that_loses_its_runner_is_performed_again_but_not_for_ever",
    "SECRET_IN_OUTCOME": "tests/runner/test_credentials.py::test_an_outcome_with_a_secret_is_not_recorded",
    "ACTION_ERROR": "tests/runner/test_outcomes.py::test_an_action_that_raises_fails_the_run_without_saying_what_it_said",
    "ROUTE_UNDECLARED": "tests/domain/jobs/test_reports.py::test_a_route_that_the_task_does_not_have_makes_its_success_a_failure",
    "KIND_UNKNOWN": "tests/runner/test_outcomes.py::test_a_kind_that_nobody_performs_fails_the_run",
    "NO_LIST": "tests/runner/test_for_each.py::test_what_is_no_list_fails_the_job",
    "ITEMS_TOO_MANY": "tests/domain/jobs/test_for_each.py::test_a_list_that_is_too_long_takes_the_error_route",
    "SAMPLE_UNKNOWN": "tests/runner/test_previews.py::test_where_no_sample_can_be_made_up_the_run_fails_and_says_what_to_do",
    "CREDENTIAL_TEST_FAILED": "tests/runner/test_credential_tests.py::test_a_preview_tries_its_credentials_before_it_performs_anything",
    "CREDENTIAL_UNKNOWN": "tests/runner/test_credentials.py::test_a_credential_that_cannot_be_given_fails_the_run",
    "CREDENTIAL_REMOVED": "tests/runner/test_credentials.py::test_a_credential_that_cannot_be_given_fails_the_run",
    "CREDENTIAL_NOT_NAMED": "tests/runner/test_credentials.py::test_a_credential_that_cannot_be_given_fails_the_run",
    "CREDENTIAL_KIND_MISFIT": "tests/runner/test_credentials.py::test_a_credential_that_was_made_anew_as_another_kind_fails_the_run",
    "CREDENTIAL_UNREADABLE": "tests/runner/test_credentials.py::test_secrets_that_are_gone_fail_the_run_and_it_says_what_to_do",
    "FILE_TOO_LARGE": "tests/runner/test_run_files.py::test_a_file_over_the_room_is_refused_and_nothing_kept",
    "CHILD_FAILED": "tests/runner/test_children.py::test_a_child_that_fails_fails_the_run_and_says_why",
    "CHILD_CANCELLED": "tests/runner/test_children.py::test_a_cancelled_child_fails_the_run",
    "CHILD_TIMED_OUT": "tests/domain/jobs/test_children.py::test_a_child_that_ends_badly_fails_the_run_by_its_policy",
    "DEPTH_EXCEEDED": "tests/runner/test_children.py::test_jobs_below_each_other_have_a_limit",
    "BUDGET_UNKNOWN": "tests/runner/test_budgets.py::test_while_the_read_models_are_away_nobody_knows_what_is_left_and_a_retry_may_help",
    "WORKSPACE_FULL": "tests/runner/test_outcomes.py::test_a_workspace_that_is_full_takes_no_file_of_a_run_and_no_retry_helps",
    "BLOB_STORE_UNAVAILABLE": "tests/runner/test_outcomes.py::test_a_store_that_is_away_fails_the_run_until_a_retry_finds_it_again",
    "VALUE_UNREADABLE": "tests/runner/test_outcomes.py::test_content_that_was_changed_in_the_store_fails_the_run_and_no_retry_helps",
    "OUTCOME_UNRECORDABLE": "tests/runner/test_outcomes.py::test_an_outcome_that_the_log_cannot_take_fails_the_run_and_no_retry_helps",
    "WORKER_LOST": "tests/graphql_api/external/test_leases.py::test_a_task_that_loses_three_workers_fails",
}
"""What the engine and the runner fail tasks with, whatever their kind, and the test that has them do it."""
OF_ALL = {error.code for error in (*EVERY_KIND_ERRORS, *CREDENTIAL_ERRORS, *STORING_ERRORS)}


@pytest.mark.parametrize("kind", list(ACTIONS))
def test_every_error_that_a_kind_declares_is_provoked(kind: str) -> None:
    wanted = {
        Provoked(kind, error.code, retryable)
        for error in KINDS[kind].errors or ()
        if error.code not in ELSEWHERE
        for retryable in ((True, False) if error.retried == "depends" else (error.retried == "always",))
    }
    assert sorted(wanted - all_claimed()) == []


def test_what_is_provoked_elsewhere_is_declared_and_all_that_is_of_every_kind_is() -> None:
    declared = {error.code for kind in ACTIONS for error in KINDS[kind].errors or ()} | OF_ALL
    assert ELSEWHERE.keys() <= declared
    assert ELSEWHERE.keys() >= OF_ALL


@pytest.mark.parametrize("code", list(ELSEWHERE))
def test_the_test_that_provokes_it_elsewhere_is_there_and_names_it(code: str) -> None:
    path, name = ELSEWHERE[code].split("::")
    text = (ROOT / path).read_text()
    [test] = [each for each in ast.parse(text).body if getattr(each, "name", None) == name]
    assert isinstance(test, ast.FunctionDef | ast.AsyncFunctionDef)
    first = min(test.lineno, *(each.lineno for each in test.decorator_list), test.lineno)
    assert re.search(rf"\b{code}\b", "\n".join(text.splitlines()[first - 1 : test.end_lineno]))


@pytest.mark.parametrize(
    ("kind", "codes", "told", "retryable"),
    [
        ("code", ("CODE_CRASHED",), None, True),
        ("code", ("CODE_ERROR",), None, False),
        ("http", ("HTTP_BROKEN",), False, False),
        ("http", ("HTTP_BROKEN",), True, True),
    ],
)
def test_a_claim_says_what_its_kind_declares(
    kind: str,
    codes: tuple[str, ...],
    *,
    told: bool | None,
    retryable: bool,
) -> None:
    [claim] = claimed(provokes(kind, *codes, retryable=told).mark, {})
    assert claim == Provoked(kind, codes[0], retryable)
