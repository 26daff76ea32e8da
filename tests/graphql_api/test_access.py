"""Nothing answers without a key, and nothing of another workspace can be seen or touched: tried on every root field there is."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import orjson
import pytest
from websockets.exceptions import ConnectionClosed

from graphql_api.schema import build_schema
from tests.graphql_api.callbacks.ended import ended
from tests.graphql_api.house import WAIT_SECONDS_MAX, Client, House, open_socket
from tests.graphql_api.schedules.timetable import created
from tests.graphql_api.templates.library import published
from tests.graphql_api.webhooks.hooks import created as webhook_created
from tests.graphql_api.webhooks.hooks import keep_secret
from tests.graphql_api.workshop import active_workflow, report_found, review_of, started_job

FOREIGN: dict[str, tuple[str, Any]] = {
    # Field → how it is asked for things of another workspace, and the answer: the one for what does not exist.
    "viewer": ("{ viewer { workspaceId } }", {"workspaceId": "$own"}),
    "workspace": ("{ workspace(id: $workspace) { id } }", None),
    "workflow": ("{ workflow(id: $workflow) { id } }", None),
    "taskKinds": ("{ taskKinds { __typename } }", "the same for all"),
    "checkKinds": ("{ checkKinds { __typename } }", "the same for all"),
    "job": ("{ job(id: $job) { id } }", None),
    "review": ("{ review(id: $review) { id } }", None),
    "schedule": ("{ schedule(id: $schedule) { id } }", None),
    "scheduledTimes": (
        "{ scheduledTimes(rule: {interval: {seconds: 60}}, first: 1) { __typename } }",
        [{"__typename": "ScheduledTime"}],
    ),
    "file": ("{ file(id: $file) { id } }", None),
    "readModels": ("{ readModels { __typename } }", {"__typename": "ReadModels"}),
    "templates": ('{ templates(search: "claim") { nodes { id } } }', {"nodes": []}),
    "template": ("{ template(id: $template) { id } }", None),
    "checkWorkflowFile": ('{ checkWorkflowFile(yaml: "name: x") { __typename } }', "the same for all"),
    "openApiOperations": (
        '{ openApiOperations(document: "{\\"openapi\\": \\"3.1.0\\", \\"paths\\": {\\"/\\": {}}}") { __typename } }',
        "the same for all",
    ),
    "createWorkflow": (
        '{ createWorkflow(input: {name: "Mine"}) { __typename } }',
        {"__typename": "CreateWorkflowSuccess"},
    ),
    "editWorkflow": ("{ editWorkflow(input: {workflowId: $workflow, operations: []}) $refused }", "WORKFLOW_NOT_FOUND"),
    "repairWorkflow": ("{ repairWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "linkWorkflow": ("{ linkWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "activateWorkflow": ("{ activateWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "reviseWorkflow": ("{ reviseWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "archiveWorkflow": ("{ archiveWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "duplicateWorkflow": (
        '{ duplicateWorkflow(input: {workflowId: $workflow, name: "x"}) $refused }',
        "WORKFLOW_NOT_FOUND",
    ),
    "undoEdit": ("{ undoEdit(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "redoEdit": ("{ redoEdit(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "renameWorkflow": ('{ renameWorkflow(input: {workflowId: $workflow, name: "x"}) $refused }', "WORKFLOW_NOT_FOUND"),
    "discardDraft": ("{ discardDraft(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "restoreVersion": ("{ restoreVersion(input: {workflowId: $workflow, number: 1}) $refused }", "WORKFLOW_NOT_FOUND"),
    "noteVersion": ("{ noteVersion(input: {workflowId: $workflow, number: 1}) $refused }", "WORKFLOW_NOT_FOUND"),
    "retireWorkflow": ("{ retireWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "unarchiveWorkflow": ("{ unarchiveWorkflow(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "importWorkflow": (
        '{ importWorkflow(input: {workflowId: $workflow, yaml: "format: opus.workflow.1\\nname: Copied"}) $refused }',
        "WORKFLOW_NOT_FOUND",
    ),
    "publishTemplate": (
        "{ publishTemplate(input: {of: {workflowId: $workflow}, entry: {}}) $refused }",
        "WORKFLOW_NOT_FOUND",
    ),
    "reviseTemplate": ("{ reviseTemplate(input: {templateId: $template}) $refused }", "TEMPLATE_NOT_FOUND"),
    "unpublishTemplate": ("{ unpublishTemplate(input: {templateId: $template}) $refused }", "TEMPLATE_NOT_FOUND"),
    "useTemplate": ("{ useTemplate(input: {templateId: $template}) $refused }", "TEMPLATE_NOT_FOUND"),
    "importTemplates": (
        '{ importTemplates(input: {files: [{name: "x", yaml: "x"}]}) { __typename } }',
        {"__typename": "ImportTemplatesSuccess"},
    ),
    "startJob": ("{ startJob(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "startJobs": (
        "{ startJobs(input: {jobs: [{workflowId: $workflow}]}) { ... on StartJobsSuccess { results $refused } } }",
        {"results": [{"code": "WORKFLOW_NOT_FOUND"}]},
    ),
    "startPreview": ("{ startPreview(input: {workflowId: $workflow}) $refused }", "WORKFLOW_NOT_FOUND"),
    "cancelJob": ('{ cancelJob(input: {jobId: $job, reason: "x"}) $refused }', "JOB_NOT_FOUND"),
    "pauseJob": ('{ pauseJob(input: {jobId: $job, reason: "x"}) $refused }', "JOB_NOT_FOUND"),
    "resumeJob": ("{ resumeJob(input: {jobId: $job}) $refused }", "JOB_NOT_FOUND"),
    "retryTask": ('{ retryTask(input: {jobId: $job, run: "find#1.1"}) $refused }', "JOB_NOT_FOUND"),
    "correctTask": (
        '{ correctTask(input: {jobId: $job, run: "find#1.1", outputs: [], reason: "x"}) $refused }',
        "JOB_NOT_FOUND",
    ),
    "giveUpTask": ('{ giveUpTask(input: {jobId: $job, run: "find#1.1"}) $refused }', "JOB_NOT_FOUND"),
    "sendMessage": ('{ sendMessage(input: {jobId: $job, name: "paid"}) $refused }', "JOB_NOT_FOUND"),
    "forkJob": ('{ forkJob(input: {jobId: $job, task: "find", reason: "x"}) $refused }', "JOB_NOT_FOUND"),
    "changeJobs": (
        (
            '{ changeJobs(input: {change: CANCEL, reason: "x", jobIds: [$job]}) '
            "{ ... on ChangeJobsSuccess { outcomes { changed refusal { code } } } } }"
        ),
        {"outcomes": [{"changed": False, "refusal": {"code": "JOB_NOT_FOUND"}}]},
    ),
    "takeTasks": (
        '{ takeTasks(input: {queue: "theirs", worker: "x"}) { ... on TakeTasksSuccess { tasks { lease } } } }',
        {"tasks": []},
    ),
    "keepTasks": (
        ("{ keepTasks(input: {tasks: [{lease: $lease}]}) { ... on KeepTasksSuccess { results $refused } } }"),
        {"results": [{"code": "LEASE_OVER"}]},
    ),
    "completeTasks": (
        (
            "{ completeTasks(input: {tasks: [{lease: $lease, outputs: {}}]}) "
            "{ ... on CompleteTasksSuccess { results $refused } } }"
        ),
        {"results": [{"code": "LEASE_OVER"}]},
    ),
    "failTasks": (
        (
            '{ failTasks(input: {tasks: [{lease: $lease, code: "X", message: "x"}]}) '
            "{ ... on FailTasksSuccess { results $refused } } }"
        ),
        {"results": [{"code": "LEASE_OVER"}]},
    ),
    "externalTasks": (
        '{ externalTasks(workspaceId: $workspace, queue: "q", worker: "x") { lease } }',
        "WORKSPACE_NOT_FOUND",
    ),
    "claimReview": ("{ claimReview(input: {reviewId: $review}) $refused }", "REVIEW_NOT_FOUND"),
    "releaseReview": ("{ releaseReview(input: {reviewId: $review}) $refused }", "REVIEW_NOT_FOUND"),
    "decideReview": ("{ decideReview(input: {reviewId: $review, decision: ACCEPT}) $refused }", "REVIEW_NOT_FOUND"),
    "decideReviews": (
        "{ decideReviews(input: {decisions: [{reviewId: $review, decision: ACCEPT}]}) { ... on DecideReviewsSuccess { results $refused } } }",
        {"results": [{"code": "REVIEW_NOT_FOUND"}]},
    ),
    "createSchedule": (
        '{ createSchedule(input: {name: "x", workflowId: $workflow, rule: {interval: {seconds: 60}}}) $refused }',
        "WORKFLOW_NOT_FOUND",
    ),
    "changeSchedule": ("{ changeSchedule(input: {scheduleId: $schedule}) $refused }", "SCHEDULE_NOT_FOUND"),
    "pauseSchedule": ("{ pauseSchedule(input: {scheduleId: $schedule}) $refused }", "SCHEDULE_NOT_FOUND"),
    "resumeSchedule": ("{ resumeSchedule(input: {scheduleId: $schedule}) $refused }", "SCHEDULE_NOT_FOUND"),
    "removeSchedule": ("{ removeSchedule(input: {scheduleId: $schedule}) $refused }", "SCHEDULE_NOT_FOUND"),
    "webhook": ("{ webhook(id: $webhook) { id } }", None),
    "createWebhook": (
        '{ createWebhook(input: {name: "x", workflowId: $workflow, credential: "bank"}) $refused }',
        "WORKFLOW_NOT_FOUND",
    ),
    "changeWebhook": ("{ changeWebhook(input: {webhookId: $webhook}) $refused }", "WEBHOOK_NOT_FOUND"),
    "pauseWebhook": ("{ pauseWebhook(input: {webhookId: $webhook}) $refused }", "WEBHOOK_NOT_FOUND"),
    "resumeWebhook": ("{ resumeWebhook(input: {webhookId: $webhook}) $refused }", "WEBHOOK_NOT_FOUND"),
    "removeWebhook": ("{ removeWebhook(input: {webhookId: $webhook}) $refused }", "WEBHOOK_NOT_FOUND"),
    "callback": ("{ callback(id: $callback) { id } }", None),
    "sendCallbackAgain": ("{ sendCallbackAgain(input: {callbackId: $callback}) $refused }", "CALLBACK_NOT_FOUND"),
    "credentialKinds": ("{ credentialKinds { __typename } }", "the same for all"),
    "credential": ("{ credential(id: $credential) { id } }", None),
    "createCredential": (
        '{ createCredential(input: {name: "bank", kind: "bearer", values: {token: "x"}}) { __typename } }',
        {"__typename": "CreateCredentialSuccess"},
    ),
    "setCredentialSecret": (
        '{ setCredentialSecret(input: {credentialId: $credential, values: {token: "x"}}) $refused }',
        "CREDENTIAL_NOT_FOUND",
    ),
    "testCredential": ("{ testCredential(input: {credentialId: $credential}) $refused }", "CREDENTIAL_NOT_FOUND"),
    "removeCredential": ("{ removeCredential(input: {credentialId: $credential}) $refused }", "CREDENTIAL_NOT_FOUND"),
    "addMember": (
        '{ addMember(input: {name: "x", roles: [ADMIN]}) { __typename } }',
        {"__typename": "AddMemberSuccess"},
    ),
    "createWorkspace": (
        '{ createWorkspace(input: {name: "x", keyExpiresAt: "2999-01-01T00:00:00Z"}) $refused }',
        "API_KEY_EXPIRY_REFUSED",
    ),
    "issueApiKey": (
        '{ issueApiKey(input: {memberId: $member, expiresAt: "2999-01-01T00:00:00Z"}) $refused }',
        "MEMBER_NOT_FOUND",
    ),
    "setBudget": ("{ setBudget(input: {workflowId: $workflow, tokens: 1}) $refused }", "WORKFLOW_NOT_FOUND"),
    "revokeApiKey": ("{ revokeApiKey(input: {keyId: $key}) $refused }", "API_KEY_NOT_FOUND"),
    "jobEvents": ("{ jobEvents(jobId: $job) { cursor } }", "JOB_NOT_FOUND"),
    "jobs": ("{ jobs(workspaceId: $workspace) { cursor } }", "WORKSPACE_NOT_FOUND"),
    "reviews": ("{ reviews(workspaceId: $workspace) { cursor } }", "WORKSPACE_NOT_FOUND"),
    "scheduleEvents": ("{ scheduleEvents(scheduleId: $schedule) { cursor } }", "SCHEDULE_NOT_FOUND"),
    "workflowEvents": ("{ workflowEvents(workflowId: $workflow) { cursor } }", "WORKFLOW_NOT_FOUND"),
}


def root_fields() -> list[tuple[str, str]]:
    """Every root field: operation, field."""
    schema = build_schema()._schema
    types = {"query": schema.query_type, "mutation": schema.mutation_type, "subscription": schema.subscription_type}
    return [(operation, field) for operation, type_ in types.items() if type_ for field in type_.fields]


CREATE_CREDENTIAL = """mutation { createCredential(input: {name: "bank", kind: "bearer", values: {token: "t"}}) {
  ... on CreateCredentialSuccess { credentialId } } }"""
UNKNOWN = f"opus_{'0' * 32}_{'a' * 43}"


@dataclass
class Estate:
    """A workspace with one of everything, and somebody who has nothing to do with it."""

    owner: Client
    stranger: Client
    ids: dict[str, str]

    def document(self, operation: str, field: str) -> str:
        """How the field is asked for what is the owner's."""
        text, _ = FOREIGN[field]
        for name, value in self.ids.items():
            text = text.replace(f"${name}", f'"{value}"')
        return f"{operation} {text.replace('$refused', '{ ... on CommandRefused { code } }')}"

    def everything(self, house: House) -> list[list[str]]:
        """What stands in every stream of the owner."""
        streams = (
            "workspace",
            "workflow",
            "job",
            "review",
            "schedule",
            "file",
            "template",
            "credential",
            "webhook",
            "callback",
        )
        return [house.events(self.ids[name]) for name in streams]


@pytest.fixture(scope="module")
def estate(house: House) -> Estate:
    owner = house.open_workspace()
    workflow = active_workflow(owner)
    job = started_job(owner, workflow)
    report_found(house, owner, job)
    file = owner.http.post("/files?name=a.txt", content=b"x").json()["id"]
    keep_secret(owner, "shop")
    webhook, callback = webhook_created(owner, workflow), ended(house, owner, workflow, credential="shop")
    ids = {
        "workspace": str(owner.workspace),
        "workflow": workflow,
        "job": job,
        "review": str(review_of(job)),
        "schedule": created(owner, workflow),
        "file": file,
        "credential": owner.ask(CREATE_CREDENTIAL)["credentialId"],
        "template": published(owner)["templateId"],
        "webhook": webhook,
        "callback": callback,
    }
    ids["lease"] = urlsafe_b64encode(f"1.{owner.member.hex}.{UUID(job).hex}.find#1.1".encode()).decode().rstrip("=")
    ids |= {"member": str(owner.member), "key": owner.key.split("_")[1]}
    return Estate(owner, house.open_workspace(), ids)


def test_every_root_field_is_tried() -> None:
    assert sorted(field for _, field in root_fields()) == sorted(FOREIGN)


@pytest.mark.parametrize(("operation", "field"), root_fields())
@pytest.mark.parametrize("authorization", ["", f"Bearer {UNKNOWN}"])
def test_no_root_field_answers_without_a_key(
    house: House, estate: Estate, operation: str, field: str, authorization: str
) -> None:
    before = house.last_position()
    accept = "text/event-stream" if operation == "subscription" else "application/json"
    answer = estate.owner.http.post(
        "/graphql",
        json={"query": estate.document(operation, field)},
        headers={"Authorization": authorization, "Accept": accept},
    )
    assert answer.status_code == 401
    assert answer.json()["data"] is None
    assert answer.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert house.last_position() == before


@pytest.mark.parametrize(("operation", "field"), root_fields())
def test_no_root_field_shows_or_touches_what_is_anothers(
    house: House, estate: Estate, operation: str, field: str
) -> None:
    before = estate.everything(house)
    document, (_, expected) = estate.document(operation, field), FOREIGN[field]
    if operation == "subscription":
        with estate.stranger.stream(document) as answers:
            (answer,) = answers
        assert answer["errors"][0]["extensions"]["code"] == expected
        return
    found = estate.stranger.ask(document)
    if operation == "mutation" and isinstance(expected, str):
        expected = {"code": expected}
    if expected == {"workspaceId": "$own"}:
        expected = {"workspaceId": str(estate.stranger.workspace)}
    if expected == "the same for all":
        expected = estate.owner.ask(document)
    assert found == expected
    assert estate.everything(house) == before


@pytest.mark.parametrize("authorization", ["Bearer", "Basic abc", "Bearer opus_0_1", UNKNOWN, f"Bearer {UNKNOWN} more"])
def test_a_key_that_is_written_otherwise_is_refused(house: House, authorization: str) -> None:
    answer = httpx2.post(
        f"{house.url}/graphql",
        json={"query": "{ viewer { name } }"},
        headers={"Authorization": authorization},
        trust_env=False,
    )
    assert answer.json()["errors"][0]["message"] == (
        'Expected an API key in the header Authorization, as "Bearer opus_…", but it is written otherwise.'
    )


def test_a_secret_of_another_key_does_not_open(house: House, estate: Estate) -> None:
    _, key, _ = estate.owner.key.split("_", 2)
    _, _, secret = estate.stranger.key.split("_", 2)
    answer = estate.owner.http.post(
        "/graphql", json={"query": "{ viewer { name } }"}, headers={"Authorization": f"Bearer opus_{key}_{secret}"}
    )
    assert answer.status_code == 401


def test_introspection_needs_a_key_too(estate: Estate) -> None:
    answer = estate.owner.http.post(
        "/graphql", json={"query": "{ __schema { types { name } } }"}, headers={"Authorization": ""}
    )
    assert answer.status_code == 401


@pytest.mark.parametrize("payload", [{}, {"authorization": "Bearer opus_x"}, {"authorization": 7}])
def test_a_socket_without_a_key_is_closed(house: House, payload: dict[str, Any]) -> None:
    with open_socket(house.url) as connection:
        connection.send(orjson.dumps({"type": "connection_init", "payload": payload}).decode())
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=WAIT_SECONDS_MAX)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4403, "Forbidden")


def test_a_socket_runs_nothing_before_it_said_who_it_is(house: House) -> None:
    with open_socket(house.url) as connection:
        payload = {"query": "{ viewer { name } }"}
        connection.send(orjson.dumps({"id": "1", "type": "subscribe", "payload": payload}).decode())
        with pytest.raises(ConnectionClosed) as closed:
            connection.recv(timeout=WAIT_SECONDS_MAX)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_a_socket_takes_the_key_from_its_header_or_its_first_message(estate: Estate) -> None:
    for key_in_header in (True, False):
        with estate.owner.socket(key_in_header=key_in_header) as socket:
            (answer,) = socket.subscribe("1", "{ viewer { workspaceId } }")
            assert answer == {"data": {"viewer": {"workspaceId": str(estate.owner.workspace)}}}


def test_a_page_of_another_origin_opens_no_socket(house: House) -> None:
    with pytest.raises(Exception, match="403"), open_socket(house.url, {"Origin": "https://elsewhere.example"}):
        pass


def test_health_and_readiness_need_no_key(house: House) -> None:
    assert httpx2.get(f"{house.url}/healthz", trust_env=False).text == "alive\n"
    ready = httpx2.get(f"{house.url}/readyz", trust_env=False).json()
    assert ready["ready"] is True
    assert ready.keys() == {"ready", "at", "behind"}


def test_the_page_is_shown_in_development_only(house: House) -> None:
    answer = httpx2.get(f"{house.url}/graphql", headers={"Accept": "text/html"}, trust_env=False)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    url = house.open_door(development=True)[1]
    answer = httpx2.get(f"{url}/graphql", headers={"Accept": "text/html"}, trust_env=False)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "GraphiQL" in answer.text
    house.close_last_door()


def test_pages_of_other_origins_ask_only_where_they_are_allowed(house: House, estate: Estate) -> None:
    console = "https://console.example"
    url = house.open_door(allowed_origins=(console,))[1]
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin, allowed in ((console, console), ("https://elsewhere.example", None)):
        answer = httpx2.options(f"{url}/graphql", headers={"Origin": origin, **asked}, trust_env=False)
        assert answer.headers.get("access-control-allow-origin") == allowed
    with open_socket(url, {"Origin": console, "Authorization": f"Bearer {estate.owner.key}"}) as connection:
        connection.send('{"type": "connection_init"}')
        assert orjson.loads(connection.recv(timeout=WAIT_SECONDS_MAX))["type"] == "connection_ack"
    house.close_last_door()
