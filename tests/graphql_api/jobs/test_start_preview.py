"""`startPreview`, and how a preview is shown to who edits workflows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from domain.jobs.commands import RecordTaskSucceeded
from domain.jobs.events import JobStarted
from domain.jobs.facts import facts
from domain.jobs.run import Instead, Run
from domain.jobs.starting import PREVIEWS_AT_ONCE_MAX
from domain.jobs.state import Job
from domain.values import BLOB
from tests.graphql_api.house import Client, House
from tests.graphql_api.workflows.test_edit_workflow import draft, edit
from tests.graphql_api.workshop import ACTIVATE, DECIMAL, TEXT, active_workflow, given, report_found, review_of

PREVIEW = """
mutation ($input: StartPreviewInput!) {
  startPreview(input: $input) {
    __typename
    ... on StartPreviewSuccess { jobId job { mode status } }
    ... on CommandRefused { code message details { path expected found } }
  }
}
"""
JOB = """
query ($id: ID!) { job(id: $id) {
  mode status versionNumber dueAt version { number }
  preview { draftVersion until alone fresh effects pinned }
  inputs { name json }
  tasks { nodes { run status instead { by of } outputs { name json } } }
  reviews { id preview }
  history { nodes { summary } }
} }
"""
PREVIEWS = "query ($id: ID!, $last: Int! = 50) { workflow(id: $id) { preview(last: $last) { id mode } } }"
CANCEL = 'mutation ($id: ID!) { cancelJob(input: {jobId: $id, reason: "Seen."}) { __typename } }'
NOTE = {"declareInput": {"input": {"name": "note", "type": TEXT, "sample": {"value": "as usual"}}}}
OUT = {"name": "out", "type": DECIMAL}
BROKEN = {"addTask": {"task": "broken", "kind": "code", "config": {"code": "x = 1"}}}


def preview(client: Client, workflow_id: str, *inputs: dict[str, Any], **more: Any) -> Any:
    """What comes of starting a preview."""
    return client.ask(PREVIEW, input={"workflowId": workflow_id, "inputs": list(inputs), **more})


def previewed(client: Client, workflow_id: str, **more: Any) -> str:
    """The id of a preview that has started."""
    started = preview(client, workflow_id, given("amount", "12.30"), **more)
    assert started["__typename"] == "StartPreviewSuccess", started
    assert started["job"] == {"mode": "PREVIEW", "status": "IN_PROGRESS"}
    job_id: str = started["jobId"]
    return job_id


def version_of(client: Client, workflow_id: str) -> int:
    """The version of the workflow's last event."""
    version: int = client.ask("query ($id: ID!) { workflow(id: $id) { eventVersion } }", id=workflow_id)["eventVersion"]
    return version


def test_a_draft_is_tried_as_it_stands_and_says_so(admin: Client) -> None:
    workflow_id = draft(admin)
    edit(admin, workflow_id, NOTE)
    job_id = previewed(admin, workflow_id)
    job = admin.ask(JOB, id=job_id)
    assert (job["mode"], job["versionNumber"], job["version"]) == ("PREVIEW", 1, None)
    assert job["preview"] == {
        "draftVersion": version_of(admin, workflow_id),
        "until": None,
        "alone": None,
        "fresh": False,
        "effects": False,
        "pinned": [],
    }
    assert job["inputs"] == [{"name": "amount", "json": "12.30"}, {"name": "note", "json": "as usual"}]
    due_in = datetime.fromisoformat(job["dueAt"]) - datetime.now(UTC)
    assert timedelta(minutes=58) < due_in <= timedelta(hours=1)
    assert [each["id"] for each in admin.ask(PREVIEWS, id=workflow_id)["preview"]] == [job_id]


def test_a_preview_times_out_when_it_is_told_to_or_its_workflow_says(admin: Client) -> None:
    workflow_id = draft(admin)

    def due_in(**more: Any) -> float:
        due_at = datetime.fromisoformat(admin.ask(JOB, id=previewed(admin, workflow_id, **more))["dueAt"])
        return (due_at - datetime.now(UTC)).total_seconds()

    assert 0 < due_in(timeLimitSeconds=60) <= 60
    edit(admin, workflow_id, {"setTimeLimit": {"timeLimitSeconds": 7200}})
    assert 3600 < due_in() <= 7200
    assert preview(admin, workflow_id, given("amount", "1"), timeLimitSeconds=7201)["code"] == "TIME_LIMIT_WRONG"


def test_a_revision_is_tried_as_the_version_it_would_become(admin: Client) -> None:
    workflow_id = active_workflow(admin)
    refused = preview(admin, workflow_id, given("amount", "1"))
    assert refused["code"] == "NOTHING_TO_EDIT"
    admin.ask("mutation ($id: ID!) { reviseWorkflow(input: {workflowId: $id}) { __typename } }", id=workflow_id)
    assert admin.ask(JOB, id=previewed(admin, workflow_id))["versionNumber"] == 2


def test_a_draft_is_tried_as_it_stood_at_an_earlier_edit(admin: Client) -> None:
    workflow_id = draft(admin)
    whole = version_of(admin, workflow_id)
    edit(admin, workflow_id, {"removeTask": {"task": "approve"}}, {"removeTask": {"task": "find"}}, BROKEN)
    job_id = previewed(admin, workflow_id, draftVersion=whole)
    assert [run["run"] for run in admin.ask(JOB, id=job_id)["tasks"]["nodes"]] == ["find#1.1"]
    refused = preview(admin, workflow_id, draftVersion=version_of(admin, workflow_id) + 1)
    assert refused["code"] == "ARGUMENT_REFUSED"


def test_missing_and_wrong_inputs_are_named_together_and_nothing_is_written(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    before = house.last_position()
    refused = preview(admin, workflow_id, given("note", 3), given("colour", "red"))
    assert refused["code"] == "JOB_INPUTS_WRONG"
    assert {detail["path"] for detail in refused["details"]} == {"input note", "input colour", "input amount"}
    assert house.last_position() == before


def test_errors_in_what_is_tried_refuse_it_and_others_do_not(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    edit(admin, workflow_id, {"addTask": {"task": "loose", "kind": "human_review", "config": {}}})
    before = house.last_position()
    refused = preview(admin, workflow_id, given("amount", "1"))
    assert refused["code"] == "PREVIEW_HAS_ERRORS"
    assert all(detail["path"].startswith("tasks.loose") for detail in refused["details"])
    assert house.last_position() == before
    assert admin.ask(JOB, id=previewed(admin, workflow_id, until="approve"))["preview"]["until"] == "approve"


def test_a_preview_up_to_a_task_ends_with_it(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    job_id = previewed(admin, workflow_id, until="find")
    outputs = {"total": "1", "vendor": "Acme"}
    succeed(house, admin, job_id, outputs)
    job = admin.ask(JOB, id=job_id)
    assert (job["status"], [run["run"] for run in job["tasks"]["nodes"]]) == ("COMPLETED", ["find#1.1"])


def test_of_two_parts_one_is_to_be_named_and_it_must_be_there(admin: Client) -> None:
    workflow_id = draft(admin)
    assert preview(admin, workflow_id, until="find", alone="find")["code"] == "ARGUMENT_REFUSED"
    assert preview(admin, workflow_id, until="nobody")["code"] == "TASK_UNKNOWN"


def test_a_task_alone_goes_on_from_the_last_preview_in_which_what_feeds_it_succeeded(
    house: House, admin: Client
) -> None:
    workflow_id = draft(admin)
    look = {"code": "out = total", "inputs": [{"name": "total", "type": DECIMAL}], "outputs": [OUT]}
    edge = {"source": "approve", "path": ["total"], "target": "look", "input": "total"}
    edit(
        admin,
        workflow_id,
        {"addTask": {"task": "look", "kind": "code", "config": look}},
        {"connectEdge": {"edge": edge}},
    )
    refused = preview(admin, workflow_id, alone="look")
    assert [detail["path"] for detail in refused["details"]] == ["input total"]
    refused = preview(admin, workflow_id, alone="approve")
    assert (refused["code"], "find" in refused["message"]) == ("OUTPUTS_NOT_KNOWN", True)

    first = previewed(admin, workflow_id)
    report_found(house, admin, first, total="77.10", preview=True)
    alone = preview(admin, workflow_id, alone="approve")
    pinned = admin.ask(JOB, id=alone["jobId"])
    assert pinned["preview"]["pinned"] == ["find"]
    alone = preview(admin, workflow_id, alone="find")
    assert admin.ask(JOB, id=alone["jobId"])["inputs"] == [{"name": "amount", "json": "12.30"}]
    accept = "mutation ($id: ID!) { decideReview(input: {reviewId: $id, decision: ACCEPT}) { __typename } }"
    assert admin.ask(accept, id=str(review_of(first)))["__typename"] == "DecideReviewSuccess"
    alone = preview(admin, workflow_id, alone="look")
    assert admin.ask(JOB, id=alone["jobId"])["inputs"] == [{"name": "total", "json": "77.10"}]
    alone = preview(admin, workflow_id, given("total", "5"), alone="look")
    assert admin.ask(JOB, id=alone["jobId"])["inputs"] == [{"name": "total", "json": "5"}]


def test_pinned_outputs_go_into_the_preview_and_not_into_its_graph(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    outputs = {"total": "9.99", "vendor": "V" * 5_000}
    edit(admin, workflow_id, {"pinOutputs": {"task": "find", "outputs": outputs}})
    job_id = previewed(admin, workflow_id)
    assert admin.ask(JOB, id=job_id)["preview"]["pinned"] == ["find"]
    [record] = house.do(house.system.reader.read_stream(UUID(job_id), limit=1))
    assert b"9.99" in record.state
    assert b"VVV" not in record.state
    assert admin.ask(ACTIVATE, input={"workflowId": workflow_id})["__typename"] == "ActivateWorkflowSuccess"


def test_a_pinned_file_is_the_one_of_the_event_it_was_pinned_from(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    config = {"format": "csv", "file_name": "a.csv", "inputs": [{"name": "amount", "type": DECIMAL}]}
    edge = {"path": ["amount"], "target": "save", "input": "amount"}
    saving = {"addTask": {"task": "save", "kind": "export_data", "config": config}}
    edit(admin, workflow_id, saving, {"connectEdge": {"edge": edge}})
    content = {BLOB: {"v": 1, "hash": "ab" * 32, "size": 9, "type": "text/csv"}}
    file = {"name": "a.csv", "content": content}
    first = previewed(admin, workflow_id, until="save")
    succeed(house, admin, first, {"file": file}, task="save")
    shown = admin.ask(JOB, id=first)["tasks"]["nodes"][0]["outputs"][0]["json"]
    for of, pinned in ((f"{first}:3", file), (f"{first}:1", shown), (None, shown)):
        edit(admin, workflow_id, {"pinOutputs": {"task": "save", "outputs": {"file": shown}, "of": of}})
        [record] = house.do(house.system.reader.read_stream(UUID(previewed(admin, workflow_id)), limit=1))
        started = house.system.mapper.event(record)
        assert isinstance(started, JobStarted)
        assert started.preview is not None
        assert started.preview.pinned == {"save": {"file": pinned}}


def test_what_stood_for_a_run_is_shown_and_told(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    job_id = previewed(admin, workflow_id)
    of = f"{job_id}:3"
    succeed(house, admin, job_id, {"total": "1", "vendor": "Acme"}, Instead(by="kept", of=of))
    job = admin.ask(JOB, id=job_id)
    assert job["tasks"]["nodes"][0]["instead"] == {"by": "KEPT", "of": of}
    assert job["tasks"]["nodes"][1]["instead"] is None
    version = version_of(admin, workflow_id)
    begun = f"A preview was started of the draft as it stood at version {version} of its workflow's history."
    assert job["history"]["nodes"][0]["summary"] == begun
    told = "Task find was not performed, what an earlier preview gave stands instead."
    assert told in [event["summary"] for event in job["history"]["nodes"]]


def test_a_fresh_preview_clears_what_is_kept_of_the_workflow(house: House, admin: Client) -> None:
    workflow_id, other = UUID(draft(admin)), UUID(int=5)
    kept = house.system.kept_outputs
    for each in (workflow_id, other):
        house.do(kept.keep(admin.workspace, each, b"key", UUID(int=1), 3))
    previewed(admin, str(workflow_id))
    assert house.do(kept.find(admin.workspace, workflow_id, b"key")) == (UUID(int=1), 3)
    previewed(admin, str(workflow_id), fresh=True)
    assert house.do(kept.find(admin.workspace, workflow_id, b"key")) is None
    assert house.do(kept.find(admin.workspace, other, b"key")) == (UUID(int=1), 3)


def test_effects_need_the_permission_to_activate(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    editor = house.let_in(admin.workspace, "builder", permissions=("workflow:read", "workflow:edit", "job:read"))
    previewed(editor, workflow_id)
    document = {"workflowId": workflow_id, "inputs": [given("amount", "1")], "effects": True}
    assert "workflow:activate" in editor.ask(PREVIEW, input=document)["message"]
    assert admin.ask(JOB, id=previewed(admin, workflow_id, effects=True))["preview"]["effects"] is True


def test_who_only_runs_jobs_starts_no_preview(house: House, admin: Client) -> None:
    workflow_id = draft(admin)
    refused = preview(house.let_in(admin.workspace, "operator"), workflow_id, given("amount", "1"))
    assert refused["code"] == "PERMISSION_MISSING"


def test_one_more_than_twenty_at_once_is_refused_until_one_has_ended(admin: Client) -> None:
    workflow_id = draft(admin)
    jobs = [previewed(admin, workflow_id) for _ in range(PREVIEWS_AT_ONCE_MAX)]
    refused = preview(admin, workflow_id, given("amount", "1"))
    assert refused["code"] == "PREVIEWS_TOO_MANY"
    assert len(admin.ask(PREVIEWS, id=workflow_id)["preview"]) == PREVIEWS_AT_ONCE_MAX
    admin.ask(CANCEL, id=jobs[0])
    previewed(admin, workflow_id)


def test_the_same_command_id_gives_the_same_preview(admin: Client) -> None:
    workflow_id = draft(admin)
    first = previewed(admin, workflow_id, commandId="once")
    assert previewed(admin, workflow_id, commandId="once") == first


def test_a_preview_is_not_forked(admin: Client) -> None:
    job_id = previewed(admin, draft(admin))
    fork = 'mutation ($id: ID!) { forkJob(input: {jobId: $id, task: "find", reason: "x"}) { ... on CommandRefused { code } } }'
    assert admin.ask(fork, id=job_id) == {"code": "PREVIEW_NOT_FORKED"}


def succeed(
    house: House,
    client: Client,
    job_id: str,
    outputs: dict[str, Any],
    instead: Instead | None = None,
    task: str = "find",
) -> None:
    """What a runner reports of a task."""
    job: Job
    job, _ = house.do(house.system.dispatch.load("job", UUID(job_id), client.workspace))
    told = facts(job.index.graph, task, outputs)
    command = RecordTaskSucceeded(
        at=datetime.now(UTC), job_id=UUID(job_id), run=Run(task=task), outputs=outputs, facts=told, instead=instead
    )
    position = house.send(command, client.workspace, "runner:test").position
    assert house.do(house.system.waiting.wait_for(position, 10))
