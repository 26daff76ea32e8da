"""Every action there is, by the name of its kind, and the processes they share. A composition may add its own before it runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from runner.actions import code, extract_text, import_data
from runner.actions.agentic_review import ReviewByModel
from runner.actions.ai import AskModel
from runner.actions.code import RunCode
from runner.actions.code_limits import USUAL_LIMITS as CODE_LIMITS
from runner.actions.code_limits import CodeLimits
from runner.actions.contract import Action
from runner.actions.decision import Decide
from runner.actions.execute_workflow import ExecuteWorkflow
from runner.actions.export_data import Export
from runner.actions.external import AskWorkers
from runner.actions.extract_text import DocumentPool, ExtractText
from runner.actions.extract_text.pool import USUAL_POOL, PoolLimits
from runner.actions.http import CallService
from runner.actions.human_review import AskForReview
from runner.actions.import_data import Import
from runner.actions.sandbox import PROCESSES_MAX as CODE_PROCESSES_MAX
from runner.actions.sandbox import RUN_SECONDS_MAX as CODE_SECONDS_MAX
from runner.actions.sandbox import CodeSandbox
from runner.actions.send_email import SendEmail
from runner.actions.tables.pool import TablePool
from runner.actions.tool import CallTool
from runner.actions.wait import WaitForIt

OpenSandbox = Callable[[], AbstractAsyncContextManager[Any]]

_ACTIONS: dict[str, Action] = {
    action.kind: action
    for action in (
        AskModel(),
        ReviewByModel(),
        Decide(),
        AskForReview(),
        Export(),
        Import(),
        ExecuteWorkflow(),
        RunCode(),
        ExtractText(),
        WaitForIt(),
        CallService(),
        SendEmail(),
        AskWorkers(),
        CallTool(),
    )
}

ACTIONS: Mapping[str, Action] = MappingProxyType(_ACTIONS)
"""Kind name → action."""


@dataclass(frozen=True, slots=True)
class SandboxLimits:
    """What the processes that actions share may use."""

    code: CodeLimits = CODE_LIMITS
    code_processes: int = CODE_PROCESSES_MAX
    code_seconds_max: float = CODE_SECONDS_MAX
    documents: PoolLimits = USUAL_POOL
    sqlite_folder: Path | None = None
    """Where SQLite databases lie that credentials may name; None: nowhere."""


def sandboxes_within(limits: SandboxLimits) -> Mapping[str, OpenSandbox]:
    """What actions find in `tools.sandboxes` under its name, opened when a runner starts."""
    return {
        code.SANDBOX: partial(CodeSandbox, limits.code_processes, limits.code, limits.code_seconds_max),
        extract_text.SANDBOX: partial(DocumentPool, limits.documents),
        import_data.SANDBOX: partial(TablePool, sqlite_folder=limits.sqlite_folder),
    }


SANDBOXES: Mapping[str, OpenSandbox] = MappingProxyType(dict(sandboxes_within(SandboxLimits())))
"""The same within the usual limits."""


def register(action: Action) -> None:
    """Adds an action; a kind that another action performs is refused."""
    if type(_ACTIONS.get(action.kind, action)) is not type(action):
        raise ValueError(f"Expected a kind that no action performs yet, but {action.kind} has one.")
    _ACTIONS[action.kind] = action
