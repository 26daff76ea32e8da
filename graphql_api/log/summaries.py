"""Every event as one sentence for people who read a history, without the values it brought but those a reviewer corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from projections.happened import run_text

Said = Mapping[str, Any]
Summary = Callable[[Said], str]


def _run(said: Said) -> str:
    attempt = said["run"].get("attempt", 1)
    again = f" (attempt {attempt})" if attempt > 1 else ""
    return f"{run_text(said['run']).partition('#')[0]}{again}"


def _reason(said: Said, name: str = "reason") -> str:
    reason = said.get(name)
    return f": {_within(reason)}" if isinstance(reason, str) and reason else ""


def _within(text: str) -> str:
    """What people or programs said, as it stands within a sentence: that has a full stop of its own."""
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text


def _budgeted(said: Said) -> str:
    budget = said.get("budget")
    of = "one workflow" if said.get("workflow_id") else "the workspace"
    if budget is None:
        return f"taken away from {of}"
    cost = budget.get("cost")
    parts = [
        f"{budget['tokens']} tokens" if budget.get("tokens") else "",
        f"{cost['amount']} {cost['currency']}" if cost else "",
    ]
    return f"set for {of}: {' and '.join(filter(None, parts))} a month"


def _failure(failure: Said | None) -> str:
    if failure is None:
        return ""
    message = failure["message"]
    return f" with {failure['code']}" + (f": {_within(message)}" if isinstance(message, str) else "")


def _edge(edge: Said) -> str:
    source = ".".join([edge.get("source") or "inputs", *(edge.get("path") or [edge.get("route") or ""])])
    target = ".".join([edge.get("target") or "outputs", *([edge["input"]] if edge.get("input") else [])])
    return f"{source} → {target}"


def _route(said: Said) -> str:
    route = said["facts"].get("route")
    return f" and took the route {route}" if route else ""


_INSTEAD = {"kept": "what an earlier preview gave", "pinned": "what is pinned", "sample": "a sample"}


def _succeeded(said: Said) -> str:
    instead = said.get("instead")
    return "succeeded" if instead is None else f"was not performed, {_INSTEAD[instead['by']]} stands instead"


def _started(said: Said) -> str:
    preview = said.get("preview")
    if preview is not None:
        return f"A preview was started of the draft as it stood at version {preview['draft_version']} of its workflow's history"
    return f"The job was started on version {said['workflow_version']} of its workflow"


def _fork(of: Said | None) -> str:
    if of is None:
        return ""
    item = "" if of.get("item") is None else f"[{of['item']}]"
    return f", as a fork of job {of['job_id']} from {of['task']}{item}{_reason(of)}"


def _awaited(said: Said) -> str:
    name = said.get("message")
    return f"a {said['waits_for']}" if name is None else f"the message {name}"


def _corrections(said: Said) -> str:
    corrected = said["corrected"]
    return f", correcting {' and '.join(corrected)}" if corrected else ""


def _given_up(said: Said) -> str:
    return "" if "then" not in said else f" and {_THEN[said['then']]}"


def _jobs(said: Said) -> str:
    count = len(said["children"])
    return "Another job" if count == 1 else f"{count} further jobs"


def _were(said: Said) -> str:
    return "was" if len(said["children"]) == 1 else "were"


def _left_out(said: Said) -> str:
    return f", {said['failed']} failed and were left out" if said["failed"] else ""


_THEN = {
    "fail_job": "the job fails",
    "error_route": "its error route is taken",
    "continue": "the job goes on",
    "hold": "it is held for an operator",
    "fail_task": "its task fails",
    "leave_out": "it is left out",
    "retry": "it is tried again later",
}
_OUTCOME = {"failed": "failed", "cancelled": "cancelled", "timed_out": "timed out"}
_CHILD = {"completed": "completed", "failed": "failed", "cancelled": "was cancelled", "timed_out": "timed out"}
_BECAUSE = {"route_not_taken": "its route was not taken", "no_value": "an input can have no value"}
_JOB: dict[str, Summary] = {
    "job.started.v1": lambda said: f"{_started(said)}{_fork(said.get('fork_of'))}.",
    "job.paused.v1": lambda said: f"The job was paused{_reason(said)}.",
    "job.resumed.v1": lambda said: f"The job was resumed{_reason(said)}.",
    "job.children_paused.v1": lambda said: f"{_jobs(said)} it waits for {_were(said)} paused with the job.",
    "job.children_resumed.v1": lambda said: f"{_jobs(said)} it waits for {_were(said)} resumed with the job.",
    "job.task_started.v1": lambda said: f"Task {_run(said)} started.",
    "job.items_began.v1": lambda said: f"Task {_run(said)} began to run for each of {said['items']} items.",
    "job.items_ended.v1": lambda said: (
        f"The items of task {_run(said)} ended: {said['succeeded']} succeeded{_left_out(said)}."
    ),
    "job.task_runner_lost.v1": lambda said: f"The runner of task {_run(said)} was lost for the {said['losses']}. time.",
    "job.task_worker_lost.v1": lambda said: (
        f"The worker that had taken task {_run(said)} was lost for the {said['losses']}. time."
    ),
    "job.task_effect_began.v1": lambda said: f"Task {_run(said)} began its effect outside.",
    "job.task_credential_opened.v1": lambda said: (
        f"Task {_run(said)} was given the credential {said['name']}, revision {said['revision']}."
    ),
    "job.task_outcome_unknown.v1": lambda said: (
        f"Whether task {_run(said)} took effect is not known; {_THEN[said['then']]}."
    ),
    "job.task_wait_began.v1": lambda said: f"Task {_run(said)} waits for {_awaited(said)}.",
    "job.message_received.v1": lambda said: f"The message {said['name']} came in.",
    "job.message_taken.v1": lambda said: f"Task {_run(said)} took a message and goes on.",
    "job.child_ended.v1": lambda said: (
        f"The job that task {_run(said)} had started {_CHILD[said['outcome']]}{_failure(said.get('error'))}."
    ),
    "job.round_ended.v1": lambda said: (
        f"Round {said['run'].get('round', 1)} of task {_run(said)} ended; another follows."
    ),
    "job.task_succeeded.v1": lambda said: f"Task {_run(said)} {_succeeded(said)}{_route(said)}.",
    "job.task_reused.v1": lambda said: f"The outcome of task {_run(said)} was taken over from the first job.",
    "job.task_failed.v1": lambda said: f"Task {_run(said)} failed{_failure(said['error'])}; {_THEN[said['then']]}.",
    "job.task_retried.v1": lambda said: f"Task {_run(said)} is tried again{_reason(said)}.",
    "job.task_corrected.v1": lambda said: f"The outputs of task {_run(said)} were corrected{_reason(said)}.",
    "job.task_given_up.v1": lambda said: f"Task {_run(said)} was given up{_given_up(said)}{_reason(said)}.",
    "job.task_skipped.v1": lambda said: f"Task {said['task']} was skipped, because {_BECAUSE[said['because']]}.",
    "job.task_cancelled.v1": lambda said: f"Task {_run(said)} was cancelled.",
    "job.ending_began.v1": lambda said: (
        f"The job is ending as {_OUTCOME[said['outcome']]}{_failure(said.get('error'))}{_reason(said)}."
    ),
    "job.completed.v1": lambda _: "The job completed.",
    "job.failed.v1": lambda said: f"The job failed{_failure(said['error'])}.",
    "job.cancelled.v1": lambda said: f"The job was cancelled{_reason(said)}.",
    "job.timed_out.v1": lambda _: "The job's time limit passed.",
}
# Of reviews, `who`, `of` and `corrected` stand beside what the event says: see `graphql_api.log.decided`.
_REVIEW: dict[str, Summary] = {
    "review.requested.v1": lambda said: f"A review of task {said['of']} was requested.",
    "review.claimed.v1": lambda said: f"{said['who']} claimed the review of {said['of']}.",
    "review.released.v1": lambda said: f"{said['who']} released the review of {said['of']}.",
    "review.accepted.v1": lambda said: f"{said['who']} accepted the review of {said['of']}{_corrections(said)}.",
    "review.rejected.v1": lambda said: f"{said['who']} rejected the review of {said['of']}{_corrections(said)}.",
    "review.withdrawn.v1": lambda said: f"The review of {said['of']} was withdrawn{_reason(said)}.",
}
_PURPOSE = {
    "edit": "submitted",
    "undo": "submitted to undo others",
    "redo": "submitted to redo others",
    "repair": "submitted to repair what checks found",
    "link": "submitted to link tasks",
    "restore": "submitted to restore a version",
    "apply": "submitted to apply a file",
}


def _submitted(said: Said) -> str:
    count = said["edits"]
    return f"{count} edit{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} {_PURPOSE[said['purpose']]}"


_WORKFLOW: dict[str, Summary] = {
    "workflow.created.v1": lambda said: f"The workflow {said['name']} was created.",
    "workflow.renamed.v1": lambda said: f"The workflow was renamed to {said['name']}.",
    "workflow.edits_submitted.v1": lambda said: f"{_submitted(said)}{_reason(said, 'message')}.",
    "workflow.described.v1": lambda _: "The workflow's description was changed.",
    "workflow.limit_set.v1": lambda said: f"At most {said['heavy_at_once_max']} heavy tasks of a job may run at once.",
    "workflow.time_limit_set.v1": lambda said: (
        "Jobs have no time limit."
        if said["time_limit_seconds"] is None
        else f"A job times out after {said['time_limit_seconds']:g} s."
    ),
    "workflow.task_added.v1": lambda said: f"Task {said['task']} ({said['kind']}) was added.",
    "workflow.task_configured.v1": lambda said: f"Task {said['task']} was configured.",
    "workflow.task_described.v1": lambda said: f"Label and description of task {said['task']} were changed.",
    "workflow.task_policy_set.v1": lambda said: f"The policy of task {said['task']} was set.",
    "workflow.task_input_set.v1": lambda said: f"Input {said['input']} of task {said['task']} was set.",
    "workflow.task_moved.v1": lambda said: f"Task {said['task']} was moved.",
    "workflow.task_unplaced.v1": lambda said: f"Task {said['task']} is drawn where the layout puts it.",
    "workflow.task_outputs_pinned.v1": lambda said: f"Outputs of task {said['task']} were pinned for previews.",
    "workflow.task_outputs_unpinned.v1": lambda said: f"The pinned outputs of task {said['task']} were let go.",
    "workflow.task_renamed.v1": lambda said: f"Task {said['task']} was renamed to {said['name']}.",
    "workflow.task_variable_renamed.v1": lambda said: (
        f"{said['direction'].capitalize()} {said['variable']} of task {said['task']} was renamed to {said['name']}."
    ),
    "workflow.task_removed.v1": lambda said: f"Task {said['task']} was removed.",
    "workflow.edge_connected.v1": lambda said: f"{_edge(said['edge'])} was connected.",
    "workflow.edge_disconnected.v1": lambda said: f"{_edge(said['edge'])} was disconnected.",
    "workflow.note_placed.v1": lambda said: f"Note {said['note']} was placed.",
    "workflow.note_removed.v1": lambda said: f"Note {said['note']} was removed.",
    "workflow.input_declared.v1": lambda said: f"Input {said['input']['name']} was declared.",
    "workflow.input_renamed.v1": lambda said: f"Input {said['input']} was renamed to {said['name']}.",
    "workflow.input_removed.v1": lambda said: f"Input {said['input']} was removed.",
    "workflow.output_declared.v1": lambda said: f"Output {said['output']['name']} was declared.",
    "workflow.output_renamed.v1": lambda said: f"Output {said['output']} was renamed to {said['name']}.",
    "workflow.output_removed.v1": lambda said: f"Output {said['output']} was removed.",
    "workflow.activated.v1": lambda said: f"Version {said['number']} was activated.",
    "workflow.version_retired.v1": lambda said: (
        f"Version {said['number']} was retired, replaced by {said['replaced_by']}."
    ),
    "workflow.taken_out_of_service.v1": lambda said: (
        f"Version {said['number']} was taken out of service{_reason(said)}."
    ),
    "workflow.version_noted.v1": lambda said: f"The note of version {said['number']} was written.",
    "workflow.revision_opened.v1": lambda said: f"A revision of version {said['number']} was opened.",
    "workflow.draft_discarded.v1": lambda said: f"The open revision was discarded{_reason(said)}.",
    "workflow.archived.v1": lambda said: f"The workflow was archived{_reason(said)}.",
    "workflow.unarchived.v1": lambda said: f"The workflow was taken out of the archive{_reason(said)}.",
}
_MISSED = {
    "late": "nobody was there to start them in time",
    "still_running": "the job before still ran",
    "paused": "the schedule was paused",
    "changed": "the schedule was changed",
    "removed": "the schedule was removed",
}


def _missed(said: Said) -> str:
    count = said["count"]
    span = f"from {said['first']} to {said['last']} were"
    times = f"The time {said['first']} was" if count == 1 else f"{count or 'More'} times {span}"
    because = _MISSED[said["because"]]
    return f"{times} missed, because {because.replace('them', 'it') if count == 1 else because}."


_SCHEDULE: dict[str, Summary] = {
    "schedule.created.v1": lambda said: (
        f"The schedule {said['name']} was created; its first time is {said['next_at']}."
    ),
    "schedule.changed.v1": lambda _: "The schedule follows another plan from now on.",
    "schedule.paused.v1": lambda said: f"The schedule was paused{_reason(said)}.",
    "schedule.resumed.v1": lambda said: f"The schedule was resumed{_reason(said)}.",
    "schedule.removed.v1": lambda said: f"The schedule was removed{_reason(said)}.",
    "schedule.time_came.v1": lambda said: f"The time {said['time']} came, and job {said['job_id']} was started.",
    "schedule.times_missed.v1": _missed,
    "schedule.start_refused.v1": lambda said: (
        f"The job of the time {said['time']} was refused{_failure(said['error'])}."
    ),
}
_CREDENTIAL: dict[str, Summary] = {
    "credential.created.v1": lambda said: f"The credential {said['name']} of the kind {said['kind']} was created.",
    "credential.secret_set.v1": lambda said: (
        f"Secrets were set as revision {said['revision']}: {', '.join(said['fields'])}."
    ),
    "credential.test_requested.v1": lambda said: f"A test of revision {said['revision']} was asked for.",
    "credential.tested.v1": lambda said: (
        f"Revision {said['revision']} was tried and {'accepted' if said['succeeded'] else 'not accepted'}"
        f"{_reason(said, 'message')}."
    ),
    "credential.removed.v1": lambda said: f"The credential was removed{_reason(said)}.",
}
_WEBHOOK: dict[str, Summary] = {
    "webhook.created.v1": lambda said: f"The webhook {said['name']} was created.",
    "webhook.changed.v1": lambda _: "The webhook takes calls by another plan from now on.",
    "webhook.paused.v1": lambda said: f"The webhook was paused{_reason(said)}.",
    "webhook.resumed.v1": lambda said: f"The webhook was resumed{_reason(said)}.",
    "webhook.removed.v1": lambda said: f"The webhook was removed{_reason(said)}.",
    "webhook.delivery_refused.v1": lambda said: (
        f"The call {said['delivery_id']} started no job{_failure(said['error'])}."
    ),
}


def _attempted(said: Said) -> str:
    answer = "there was no answer" if said["status"] is None else f"the answer was {said['status']}"
    return f"The call was made, attempt {said['attempt']}, and {answer}."


_CALLBACK: dict[str, Summary] = {
    "callback.requested.v1": lambda said: f"{said['url']} is to be told that job {said['job_id']} has ended.",
    "callback.attempted.v1": _attempted,
    "callback.delivered.v1": lambda said: f"The call was taken at attempt {said['attempt']}.",
    "callback.given_up.v1": lambda said: (
        f"The call was given up after attempt {said['attempts']}, because "
        f"{'the address is gone' if said['because'] == 'gone' else 'it was tried often enough'}."
    ),
    "callback.sent_again.v1": lambda said: f"The call was to be made again{_reason(said)}.",
}


_TEMPLATE: dict[str, Summary] = {
    "template.published.v1": lambda said: f"The template {said['name']} was taken into the library.",
    "template.revised.v1": lambda said: f"The template {said['name']} is offered as version {said['version']}.",
    "template.unpublished.v1": lambda said: f"The template was taken out of the library{_reason(said)}.",
}
_WORKSPACE: dict[str, Summary] = {
    "organization.founded.v1": lambda _: "The organization was founded.",
    "workspace.opened.v1": lambda _: "The workspace was opened.",
    "workspace.member_added.v1": lambda said: f"A member was added as {', '.join(said['roles'])}.",
    "workspace.member_roles_assigned.v1": lambda said: f"A member's roles are {', '.join(said['roles'])} from now on.",
    "workspace.member_removed.v1": lambda said: f"A member was removed{_reason(said)}.",
    "workspace.api_key_issued.v1": lambda _: "An API key was issued.",
    "workspace.budget_set.v1": lambda said: f"A budget for language models was {_budgeted(said)}{_reason(said)}.",
    "workspace.api_key_revoked.v1": lambda said: f"An API key was revoked{_reason(said)}.",
    "file.stored.v1": lambda said: f"A file of {said['size']} bytes was stored.",
    "log.epoch_began.v1": lambda said: f"Epoch {said['epoch']} of the log began.",
}
SUMMARIES: Mapping[str, Summary] = {
    **_JOB,
    **_REVIEW,
    **_SCHEDULE,
    **_CREDENTIAL,
    **_WEBHOOK,
    **_CALLBACK,
    **_WORKFLOW,
    **_TEMPLATE,
    **_WORKSPACE,
}
"""Wire name → sentence; a test proves that every event has one."""


def summary(wire: str, said: Said) -> str:
    """The event as one sentence; of one this build does not know, its name."""
    sentence = SUMMARIES.get(wire)
    if sentence is None:
        return f"Something newer than this build happened: {wire}."
    told = sentence(said)
    return told[:-1] if told.endswith(("?.", "!.", "….", "...")) else told
