"""Requests that fit nowhere: refused with a sentence, answered at once, and without harm to what they name."""

from __future__ import annotations

from uuid import uuid4

import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from graphql_api.operations import CHARACTERS_KEPT_MAX, Documents
from tests.graphql_api.house import WAIT_SECONDS_MAX, Client, House, open_socket
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


@pytest.mark.parametrize("authorization", ["Bearer none", "Bearer ", "Basic x"])
def test_a_websocket_with_a_wrong_key_in_its_header_is_closed_in_order(
    house: House, authorization: str, caplog: pytest.LogCaptureFixture
) -> None:
    with open_socket(house.url, {"Authorization": authorization}) as connection:
        connection.send('{"type": "connection_init"}')
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=WAIT_SECONDS_MAX)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403
    assert not [record for record in caplog.records if record.exc_info]


def test_a_subscription_without_a_stream_is_refused_with_what_it_needs(admin: Client) -> None:
    document = 'subscription { jobs(workspaceId: "x") { cursor } }'
    answer = admin.http.post("/graphql", json={"query": document})
    assert answer.status_code == 400
    message = orjson.loads(answer.content)["errors"][0]["message"]
    assert message.startswith("Expected a query or a mutation, but got a subscription")


def test_texts_of_operations_are_kept_within_a_bound(admin: Client) -> None:
    for number in range(40):
        admin.answer("{ viewer { name } } # %d %s" % (number, "x" * 18_000))  # noqa: UP031 - braces all over
    assert sum(map(len, Documents._parsed)) <= CHARACTERS_KEPT_MAX
    assert Documents._checked.keys() <= Documents._parsed.keys()
