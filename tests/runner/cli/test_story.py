"""The verbs of the command line beside a running system, told as the people who use them would."""

from __future__ import annotations

import json
import re
import signal
import subprocess
from pathlib import Path

import httpx2
import psycopg
import pytest

from event_store.embedded import EmbeddedPostgres
from tests.runner.up import OPUS, READY, Up, free_port, wait_for

pytestmark = pytest.mark.timeout(120)

WORKFLOW = """\
format: opus.workflow.1
name: {name}
inputs:
  amount: {{type: decimal}}
tasks:
  large:
    kind: decision
    conditions:
      - {{source: amount, operation: greater, value: "100"}}
    inputs:
      amount: {{type: decimal, from: inputs.amount}}
  look:
    kind: human_review
    after: [large.true]
    reviews: large
    guidance: {guidance}
    assignment: {{roles: [admin]}}
  pay:
    kind: export_data
    after: [large.false, look.accepted]
    join: any
    format: csv
    file_name: pay.csv
    inputs:
      amount: {{type: decimal, from: inputs.amount}}
outputs:
  payment: {{type: file, from: pay.file}}
"""
ID = r"[0-9a-f]{8}-[0-9a-f-]{27}"


def write(folder: Path, name: str, guidance: str = "Is it right?", text: str = WORKFLOW) -> str:
    file = folder / "workflow.yaml"
    file.write_text(text.format(name=name, guidance=guidance))
    return str(file)


def start(up: Up, name: str, amount: str) -> str:
    (job,) = re.findall(ID, up.fast("run", name, "-i", f"amount={amount}"))
    return str(job)


def review_of(up: Up, job: str) -> str:
    """The review that a job waits for, once it does."""

    def found() -> list[str]:
        return re.findall(rf"review ({ID})\n.*of job {job}", up.fast("reviews"))

    wait_for(lambda: bool(found()), "a review")
    return found()[0]


def test_a_file_is_applied_once_edited_by_its_difference_and_left_alone_when_nothing_changed(
    up: Up, tmp_path: Path
) -> None:
    file = write(tmp_path, "Applied")
    assert up.fast("apply", file) == "Applied created: 3 tasks, 6 edges\nversion 1 is active\n"
    assert up.fast("apply", file) == "Applied is as the file says already: version 1 is active, nothing was changed\n"
    write(tmp_path, "Applied", guidance="Is it really right?")
    assert up.fast("apply", file, "--no-activate") == (
        "version 1 stays active while it is revised\nApplied edited: 1 change\nversion 2 is a draft\n"
    )
    assert up.fast("apply", file, "--note", "said better") == "version 2 is active\n"


def test_what_keeps_a_file_from_being_active_is_told_with_its_line_and_stays_a_draft(up: Up, tmp_path: Path) -> None:
    file = write(tmp_path, "Wrong", text=WORKFLOW.replace("pay.file", "pay.receipt"))
    said = up.fast("apply", file, code=1)
    assert f"error: {file}:27:" in said
    assert "version 1 stays a draft" in said
    assert "is draft" in up.fast("run", "Wrong", "-i", "amount=1", code=1)


def test_a_file_that_cannot_be_read_is_refused_with_all_its_places(up: Up, tmp_path: Path) -> None:
    file = write(tmp_path, "Unreadable", text=WORKFLOW.replace("type: decimal", "type: money"))
    said = up.fast("apply", file, code=1)
    assert f"{file}:4:" in said
    assert "No such file" in up.fast("apply", str(tmp_path / "none.yaml"), code=1)


def test_one_refusal_names_every_wrong_input_and_no_job_is_started(up: Up, tmp_path: Path) -> None:
    up.fast(
        "apply", write(tmp_path, "Refusing", text=WORKFLOW.replace("inputs:\n", "inputs:\n  who: {{type: str}}\n", 1))
    )
    said = up.fast("run", "Refusing", "-i", "amount=much", "-i", "colour=red", code=1)
    assert said.count('"much"') == 1
    assert "input colour" in said
    assert "input who" in said
    assert up.fast("jobs", "--workflow", "Refusing") == "No jobs.\n"


def test_the_same_key_starts_one_job(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Keyed"))
    arguments = ("run", "Keyed", "-i", "amount=1", "--idempotency-key", "the first")
    assert up.fast(*arguments) == up.fast(*arguments)
    assert "IDEMPOTENCY" in up.fast(*arguments[:3], "amount=2", *arguments[4:], code=1)


def test_a_job_is_watched_to_its_end_and_its_file_fetched(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Watched"))
    said = up.fast("run", "Watched", "-i", "amount=12.50", "--title", "small one", "--watch")
    assert [line.split("  ")[0] for line in said.splitlines()[1:]] == [
        "large",
        "large",
        "look",
        "pay",
        "pay",
        "job completed",
        "",
        "",
    ]
    path = re.findall(r"opus files get (\S+)", said)[0]
    assert up.fast("files", "get", path) == "amount\n12.50\n"
    up.fast("files", "get", path, "--to", str(tmp_path / "pay.csv"))
    assert (tmp_path / "pay.csv").read_bytes() == b"amount\r\n12.50\r\n"
    assert "small one" in up.fast("jobs", "--workflow", "Watched", "--status", "completed")


def test_a_job_that_does_not_complete_ends_the_watch_with_code_3(up: Up, tmp_path: Path) -> None:
    text = WORKFLOW.replace("after: [large.false, look.accepted]\n    join: any", "after: [look.accepted]")
    up.fast("apply", write(tmp_path, "Missing", text=text))
    said = up.fast("run", "Missing", "-i", "amount=1", "--watch", code=3)
    assert "job failed" in said
    assert "OUTPUT_MISSING" in said


def test_a_watch_goes_on_when_the_api_dies_in_the_middle(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Surviving"))
    command = [*OPUS, "run", "Surviving", "-i", "amount=250", "--watch"]
    with subprocess.Popen(command, env=up.environment, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        job = watching.stdout.readline().split()[1]
        review = review_of(up, job)
        ready = up.said("API is ready")
        up.part("serve").kill()
        up.until("API is ready", times=ready + 1)
        up.fast("decide", review, "accept")
        said = watching.stdout.read()
    assert watching.returncode == 0
    assert said.count("look           succeeded → accepted") == 1
    assert "job completed" in said


def test_a_review_is_decided_once_and_the_job_goes_on(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Reviewed"))
    job = start(up, "Reviewed", "250")
    review = review_of(up, job)
    inbox = up.fast("reviews")
    assert "  | Is it right?" in inbox
    assert "  final_decision = true" in inbox
    assert up.fast("jobs", "--workflow", "Reviewed").count("waits for a review") == 1

    assert "Expected" in up.fast("decide", review, "reject", code=1)
    said = up.fast("decide", review, "accept", "--correct", "final_decision=much", code=1)
    assert "final_decision" in said
    assert up.fast("decide", review, "accept", "--comment", "as agreed") == "review accepted\n"
    assert "REVIEW_ALREADY_DECIDED" in up.fast("decide", review, "reject", "--comment", "no", code=1)

    wait_for(lambda: "COMPLETED" in up.fast("jobs", "--workflow", "Reviewed"), "the job to complete")
    history = up.fast("history", job)
    assert "Administrator" in history
    assert history.splitlines()[-1].endswith("The job completed.")
    assert up.fast("verify", job).startswith("chain intact, ")


def test_what_is_not_there_is_said_in_a_sentence(up: Up) -> None:
    nobody = "00000000-0000-7000-8000-000000000000"
    assert 'there is no "Nothing"' in up.fast("run", "Nothing", code=1)
    assert "no job" in up.fast("history", nobody, code=1).replace(f'no "{nobody}"', "no job")
    assert "there is no" in up.fast("verify", nobody, code=1)
    assert "there is no" in up.fast("decide", nobody, "accept", code=1)
    assert "FILE_NOT_FOUND" in up.fast("files", "get", nobody, code=1)
    assert "Usage" in up.fast("run", code=2)
    assert "name=value" in up.fast("run", "Nothing", "-i", "amount", code=1).replace("Nothing", "name=value")


def test_any_document_can_be_asked(up: Up) -> None:
    asked = "query ($first: Int!) { viewer { name } readModels { behind } taskKinds { name } } "
    assert "Variable" in up.fast("query", asked, "--variables", '{"first": 1}', code=1)
    said = json.loads(up.fast("query", "-", stdin="{ viewer { name roles } }"))
    assert said == {"viewer": {"name": "Administrator", "roles": ["ADMIN"]}}
    assert "object" in up.fast("query", "{ viewer { name } }", "--variables", "[]", code=2)


def test_a_wrong_key_an_absent_api_and_a_lost_key_are_told(up: Up, tmp_path: Path) -> None:
    assert "UNAUTHENTICATED" in up.fast("jobs", code=1, OPUS_API_KEY="opus_wrong")
    assert "Is `opus up` running?" in up.fast("jobs", code=1, OPUS_PORT=str(free_port()))
    assert "`opus up` makes one" in up.fast("jobs", code=1, OPUS_HOME=str(tmp_path))
    assert "there is none yet" in up.fast("key", code=1, OPUS_HOME=str(tmp_path))

    kept = up.home / "keys" / "admin.key"
    before = kept.read_text()
    kept.unlink()
    assert up.fast("key", "--label", "found again") == f"A new admin key is in {kept}.\n"
    assert kept.read_text() != before
    assert kept.stat().st_mode & 0o777 == 0o600
    wait_for(lambda: "Administrator" in up.fast("query", "{ viewer { name } }"), "the new key to be known")


def test_a_changed_byte_is_found_wherever_it_is(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Changed"))
    job = start(up, "Changed", "1")
    wait_for(lambda: "COMPLETED" in up.fast("jobs", "--workflow", "Changed"), "the job to complete")
    assert up.fast("verify").startswith("log intact")
    change = "update stored_events set state = set_byte(state, 20, get_byte(state, 20) # 1) where originator_id = %s"
    last = " and originator_version = (select max(originator_version) from stored_events where originator_id = %s)"
    with psycopg.connect(EmbeddedPostgres(up.home).owner_dsn(), autocommit=True) as owner:
        owner.execute(change + last, (job, job))
        try:
            assert "Expected the hash beside it" in up.fast("verify", code=1)
            assert "Expected the hash beside it" in up.fast("verify", job, code=1)
        finally:
            owner.execute(change + last, (job, job))
    assert up.fast("verify").startswith("log intact")


def test_read_models_are_built_anew_beside_a_running_system(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Anew"))
    job = start(up, "Anew", "1")
    wait_for(lambda: "COMPLETED" in up.fast("jobs", "--workflow", "Anew"), "the job to complete")
    assert up.fast("rebuild", "jobs").startswith("jobs built anew, as of position ")
    assert job in up.fast("jobs", "--workflow", "Anew")
    assert "built anew" in up.fast("rebuild")
    assert job in up.fast("jobs", "--workflow", "Anew")
    assert "Expected the name of a read model (" in up.fast("rebuild", "nothing", code=1)


def test_a_file_is_stored_linked_and_fetched_and_what_nobody_needs_is_collected(up: Up, tmp_path: Path) -> None:
    path = tmp_path / "Grüße.txt"
    path.write_text("hello\n")
    file = up.fast("files", "put", str(path)).strip()
    assert up.fast("files", "get", file) == "hello\n"
    link = up.fast("files", "link", file, "--seconds", "60").strip()
    assert httpx2.get(link, trust_env=False).text == "hello\n"
    assert "Expected 1 to 604800 for seconds" in up.fast("files", "link", file, "--seconds", "0", code=1)
    nothing = "0 contents (0 bytes) {}set aside\n0 contents (0 bytes) {}removed\n"
    assert up.fast("files", "collect", "--dry-run") == nothing.format("would be ", "would be ")
    assert up.fast("files", "collect") == nothing.format("", "")


def test_a_backup_brought_back_elsewhere_goes_on_and_refuses_old_cursors(
    up: Up, tmp_path: Path, short_folder: Path
) -> None:
    up.fast("apply", write(tmp_path, "Kept"))
    job = start(up, "Kept", "250")
    review = review_of(up, job)
    position = json.loads(up.fast("query", "{ readModels { position } }"))["readModels"]["position"]
    target = short_folder / "backup.tar"
    assert f"{target} holds all events" in up.fast("backup", str(target))
    assert "is there already" in up.fast("backup", str(target), code=1)
    assert "to be empty" in up.fast("restore", str(target), code=1)

    home = short_folder / "home"
    assert "epoch 2 of the log began" in up.fast("restore", str(target), OPUS_HOME=str(home))
    again = Up(home, free_port())
    try:
        again.until(READY)
        again.fast("decide", review, "accept")
        wait_for(lambda: "COMPLETED" in again.fast("jobs", "--workflow", "Kept"), "the job to complete")
        asked = "query ($id: ID!, $position: Position) { job(id: $id, atLeastPosition: $position) { id } }"
        variables = json.dumps({"id": job, "position": position})
        assert "Expected" in again.fast("query", asked, "--variables", variables, code=1)
        assert again.stop() == 0
    finally:
        again.stop(signal.SIGKILL)
        EmbeddedPostgres(home).destroy()
