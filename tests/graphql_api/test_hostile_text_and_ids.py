"""Text and ids that fit nowhere: refused with a sentence, answered at once, and without harm to what they name."""

from __future__ import annotations

from uuid import uuid4

import pytest

from tests.graphql_api.house import Client, House
from tests.graphql_api.workshop import active_workflow

NOTHING = "\\u0000"
CREATE = 'mutation { createWorkflow(input: {name: "%s"}) { __typename } }'
LIST = '{ viewer { workspaces { jobs(filter: {startedBy: "%s"}) { nodes { id } } } } }'
CANCEL = 'mutation ($id: ID!) { cancelJob(input: {jobId: $id, reason: "x"}) { ... on CommandRefused { code } } }'
CLAIM = "mutation ($id: ID!) { claimReview(input: {reviewId: $id}) { ... on CommandRefused { code } } }"
ARCHIVE = (
    "mutation ($id: ID!) { archiveWorkflow(input: {workflowId: $id}) { __typename ... on CommandRefused { code } } }"
)


@pytest.mark.parametrize("document", [CREATE, LIST])
def test_text_that_cannot_be_kept_is_refused_in_a_document_too(admin: Client, document: str) -> None:
    error = admin.error(document % NOTHING)
    assert error["extensions"]["code"] == "VALUE_REFUSED"
    assert error["message"] == "Expected text without U+0000 for a text of the operation, but got one."


def test_an_id_nobody_has_is_answered_alike_whoever_was_asked_for_it_before(admin: Client) -> None:
    nobody = str(uuid4())
    for _ in range(2):
        assert admin.ask(ARCHIVE, id=nobody)["code"] == "WORKFLOW_NOT_FOUND"
        assert admin.ask(CANCEL, id=nobody) == {"code": "JOB_NOT_FOUND"}
        assert admin.ask(CLAIM, id=nobody) == {"code": "REVIEW_NOT_FOUND"}
        assert admin.http.get(f"/files/{nobody}").status_code == 404


def test_an_id_of_something_else_is_no_file_no_job_and_no_review(house: House, admin: Client) -> None:
    workflow = active_workflow(admin)
    house.system.dispatch.forget_all()
    for id_ in (workflow, str(admin.workspace)):
        assert admin.http.get(f"/files/{id_}").status_code == 404
        assert admin.ask(CANCEL, id=id_) == {"code": "JOB_NOT_FOUND"}
        assert admin.ask(CLAIM, id=id_) == {"code": "REVIEW_NOT_FOUND"}
    assert admin.ask(ARCHIVE, id=workflow) == {"__typename": "ArchiveWorkflowSuccess"}
    added = 'mutation { addMember(input: {name: "x", roles: [AUDITOR]}) { __typename } }'
    assert admin.ask(added) == {"__typename": "AddMemberSuccess"}
