"""A second person: added, given a key, and doing with it what the role allows and no more."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from runner.cli.client import ApiClient, ApiRefused
from tests.runner.cli.test_story import ID, WORKFLOW, review_of, start, write
from tests.runner.up import Up, wait_for

pytestmark = pytest.mark.timeout(120)


def added(up: Up, name: str) -> tuple[str, str]:
    """A reviewer's id and key."""
    said = up.fast("member", "add", name, "--role", "reviewer", "--days", "30")
    return re.findall(rf"member ({ID})", said)[0], re.findall(r"key (opus_\S+)", said)[0]


def test_a_reviewer_sees_what_waits_and_decides_it_and_may_do_nothing_else(up: Up, tmp_path: Path) -> None:
    _, key = added(up, "Rosalind")
    up.fast("apply", write(tmp_path, "Second", text=WORKFLOW.replace("roles: [admin]", "roles: [reviewer, admin]")))
    (job,) = re.findall(ID, up.fast("run", "Second", "-i", "amount=250", "--title", "of two"))
    review = review_of(up, job)

    assert f"review {review}\n  Second, of two: task look of job {job}" in up.fast("reviews", OPUS_API_KEY=key)
    assert "final_decision = true" in up.fast("reviews", review, OPUS_API_KEY=key)
    assert "PERMISSION_MISSING" in up.fast("jobs", code=1, OPUS_API_KEY=key)
    said = up.fast("decide", review, "accept", "--correct", "final_decision=false", OPUS_API_KEY=key)
    assert said == "review accepted\n  corrected: final_decision = true, now = false\n"
    again = up.fast("decide", review, "accept", code=1, OPUS_API_KEY=key)
    assert again.startswith(
        "[REVIEW_ALREADY_DECIDED] Expected a review that waits for an answer, but it was accepted at "
    )
    assert again.endswith(" UTC by Rosalind.\n")
    assert "by Rosalind" in up.fast("reviews", review, OPUS_API_KEY=key)
    wait_for(lambda: "COMPLETED" in up.fast("jobs", "--workflow", "Second"), "the job to complete")


def test_a_rejection_says_what_was_corrected(up: Up, tmp_path: Path) -> None:
    up.fast("apply", write(tmp_path, "Rejected"))
    review = review_of(up, start(up, "Rejected", "250"))
    said = up.fast("decide", review, "reject", "--comment", "no", "--correct", "final_decision=false")
    assert said == "review rejected\n  corrected: final_decision = true, now = false\n"


def test_a_part_that_may_not_be_read_does_not_make_a_command_refused(up: Up, tmp_path: Path) -> None:
    _, key = added(up, "Robin")
    up.fast("apply", write(tmp_path, "Parts", text=WORKFLOW.replace("roles: [admin]", "roles: [reviewer]")))
    job = start(up, "Parts", "250")
    listed = "query ($job: ID!) { viewer { workspaces { reviews(filter: { jobId: $job }) { nodes { id } } } } }"

    def found() -> list[str]:
        said = json.loads(up.fast("query", listed, "--variables", json.dumps({"job": job})))
        return [node["id"] for node in said["viewer"]["workspaces"][0]["reviews"]["nodes"]]

    wait_for(lambda: bool(found()), "a review")
    document = "mutation ($input: DecideReviewInput!) { decideReview(input: $input) { __typename ... on ReviewChanged { review { status job { id } } } } }"
    client = ApiClient(f"http://127.0.0.1:{up.port}", key)
    done = client.mutate(document, reviewId=found()[0], decision="ACCEPT")
    client.close()
    assert done["review"] == {"status": "ACCEPTED", "job": None}


def test_members_are_listed_and_get_other_keys(up: Up) -> None:
    member, first = added(up, "Mia")
    assert re.search(rf"{member}  Mia +reviewer", up.fast("members"))
    second = re.findall(r"key (opus_\S+)", up.fast("member", "key", "Mia", "--label", "tablet"))[0]
    assert first != second
    for key in (first, second):
        assert "Mia" in up.fast("query", "{ viewer { name } }", OPUS_API_KEY=key)
    assert "there is none" in up.fast("member", "key", "Nobody", code=1)


def test_a_revoked_key_opens_nothing(up: Up) -> None:
    said = up.fast("member", "add", "Lost", "--role", "auditor")
    key, key_id = re.findall(r"key (opus_\S+)", said)[0], re.findall(rf"  id ({ID})", said)[0]
    assert up.fast("member", "revoke", key_id, "--reason", "lost") == f"key {key_id} is revoked\n"
    wait_for(lambda: "UNAUTHENTICATED" in _asked(up, key), "the key to be known as revoked")


def _asked(up: Up, key: str) -> str:
    client = ApiClient(f"http://127.0.0.1:{up.port}", key)
    try:
        return str(client.query("{ viewer { name } }"))
    except ApiRefused as refused:
        return refused.code
    finally:
        client.close()


def test_a_refused_mutation_ends_a_query_with_code_1(up: Up) -> None:
    document = (
        'mutation { addMember(input: { name: "", roles: [REVIEWER] }) { __typename ... on CommandRefused { code } } }'
    )
    assert json.loads(up.fast("query", document, code=1))["addMember"]["__typename"] == "CommandRefused"
