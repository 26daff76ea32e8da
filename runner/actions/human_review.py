"""Performs `human_review`: has a person asked to judge what the run's inputs are bound to. Nothing of it stays in the runner."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.kinds.human_review import HumanReviewConfiguration
from runner.actions.contract import Outcome, ReviewWanted, TaskRun, Tools


class AskForReview:
    """Asks for a review and ends; the answer ends the run."""

    kind = "human_review"

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:  # noqa: ARG002
        """Who may decide, and what they are told."""
        config = run.task.configured(HumanReviewConfiguration)
        return ReviewWanted(assignment=config.assignment, guidance=config.guidance, due_at=run.due_at)
