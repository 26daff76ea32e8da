"""Every action there is, by the name of its kind, and the processes they share. A composition may add its own before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType
from typing import Any

from runner.actions import code, extract_text
from runner.actions.code import RunCode
from runner.actions.contract import Action
from runner.actions.decision import Decide
from runner.actions.execute_workflow import ExecuteWorkflow
from runner.actions.export_data import Export
from runner.actions.extract_text import DocumentPool, ExtractText
from runner.actions.human_review import AskForReview
from runner.actions.sandbox import CodeSandbox
from runner.actions.wait import WaitForIt

OpenSandbox = Callable[[], AbstractAsyncContextManager[Any]]

_ACTIONS: dict[str, Action] = {
    action.kind: action
    for action in (Decide(), AskForReview(), Export(), ExecuteWorkflow(), RunCode(), ExtractText(), WaitForIt())
}

ACTIONS: Mapping[str, Action] = MappingProxyType(_ACTIONS)
"""Kind name → action."""

SANDBOXES: Mapping[str, OpenSandbox] = MappingProxyType({code.SANDBOX: CodeSandbox, extract_text.SANDBOX: DocumentPool})
"""What actions find in `tools.sandboxes` under its name, opened when a runner starts."""


def register(action: Action) -> None:
    """Adds an action; a kind that another action performs is refused."""
    if type(_ACTIONS.get(action.kind, action)) is not type(action):
        raise ValueError(f"Expected a kind that no action performs yet, but {action.kind} has one.")
    _ACTIONS[action.kind] = action
