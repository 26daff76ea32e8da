"""What an action is: it performs one run of a task and says how it ended."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from domain.graph import GraphTask
from domain.jobs.events import Resumption
from domain.jobs.run import Binding, Run, Usage
from domain.money import Cost
from domain.reviews.events import Assignment
from runner.outgoing import Outgoing
from runner.tool_servers import ToolServers


@dataclass(frozen=True, slots=True)
class Resumed:
    """What ended the wait of a run: the event that says so, and the whole value that came with it, when one did."""

    event: Resumption
    value: Any = None


@dataclass(slots=True)
class TaskRun:
    """What is to be performed: the task as compiled, which run of it, and until when; `resumed`: the half after its wait."""

    # Not frozen, as it is made for every run: freezing takes longer than all the rest.

    workspace: UUID
    job_id: UUID
    task: GraphTask
    run: Run
    bindings: Mapping[str, Binding]
    due_at: datetime | None
    started_at: datetime  # the same whenever the attempt is performed again
    resumed: Resumed | None = None

    @property
    def attempt_id(self) -> str:
        """The idempotency key given to other systems."""
        return f"{self.job_id}:{self.run.text}"


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The run ended well; `outputs` by name, a route of the kind when it has some. `again`: it was a round, and another follows.

    `evidence` is what an auditor needs of how it came to them, as JSON and never a secret; `usage` what it used up.
    """

    outputs: Mapping[str, Any]
    route: str | None = None
    again: bool = False
    evidence: Any = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The run ended badly; `retryable` says whether trying again may help, `retry_after_seconds` how soon at the earliest."""

    code: str
    message: str
    retryable: bool = False
    details: Any = None
    retry_after_seconds: float | None = None
    evidence: Any = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class ReviewWanted:
    """The run waits for a person: the runner has a review requested of what the run's inputs are bound to."""

    assignment: Assignment
    guidance: str | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MessageWanted:
    """The run waits for a message of this name; when it has come, the run is performed again with it as `resumed`."""

    name: str


@dataclass(frozen=True, slots=True)
class TimeWanted:
    """The run waits for a moment, or so many seconds from when the wait is recorded; then it has done its work."""

    until: datetime | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class ChildWanted:
    """The run waits for a job of the workflow that its task executes, started on the run's inputs; then it is performed again."""


@dataclass(frozen=True, slots=True)
class WorkerWanted:
    """The run waits in the queue of its task for a worker of the user's; what that reports ends it."""


Outcome = Succeeded | Failed | ReviewWanted | MessageWanted | TimeWanted | ChildWanted | WorkerWanted


class FileRefused(Exception):
    """A file cannot be stored; the run fails with this code and sentence, unless its action catches it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class FileContents(Protocol):
    """Reads and stores file contents in the blob store of the run's workspace."""

    async def read(self, file: Mapping[str, Any]) -> bytes:
        """The whole content of a file value, its checksum verified."""
        ...

    def open(self, file: Mapping[str, Any]) -> AsyncIterator[bytes]:
        """The content of a file value in pieces, of any size; the last one is given only after the checksum held."""
        ...

    async def store(self, name: str, media_type: str, content: bytes) -> dict[str, Any]:
        """Stores content durably and returns the file value `{"name": …, "content": {"$blob": …}}`. Raises FileRefused."""
        ...

    async def keep(self, name: str, media_type: str, pieces: AsyncIterable[bytes]) -> dict[str, Any]:
        """Stores content that comes in pieces, of any size within the limit, as `store` does; nothing of it is held in memory."""
        ...


class Secrets(Protocol):
    """The secrets of one credential, as opened for a run; its text never shows them."""

    @property
    def kind(self) -> str:
        """The kind of the credential, which says what fields it has."""
        ...

    @property
    def revision(self) -> int:
        """Counts how often its secrets were set."""
        ...

    @property
    def values(self) -> Mapping[str, Any]:
        """The fields that are set, as `domain.credentials.kinds` has them."""
        ...


class CredentialRefused(Exception):
    """A credential cannot be had; the run fails with this code and sentence, unless its action catches it."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(code)


class Credentials(Protocol):
    """The credentials of the workspace of a run."""

    async def open(self, name: str) -> Secrets:
        """The secrets of a credential; that they were given out stands in the log before this returns. Raises CredentialRefused."""
        ...

    def conceal(self, secret: str) -> None:
        """Has what was made of a secret (a token fetched, a header) kept out of the outcome and the logs like the secret itself."""
        ...


class NoCredentials:
    """Where nothing keeps credentials."""

    async def open(self, name: str) -> Secrets:
        """Refuses."""
        raise CredentialRefused(
            "CREDENTIAL_UNKNOWN", f"Expected a credential of this workspace, but there is no {name}."
        )

    def conceal(self, secret: str) -> None:
        """There is nowhere to keep it from."""


class Progress(Protocol):
    """Tells how far a run is, for those who watch; nothing of it is recorded."""

    def __call__(self, done: float, total: float | None = None, note: str | None = None) -> None:
        """So much is done, of so much in all, when that is known; returns at once."""
        ...


class BudgetExceeded(Exception):
    """Nothing is left of a budget, or it cannot be told; the run fails with this code and sentence."""

    def __init__(self, code: str, message: str, *, retryable: bool = False) -> None:
        self.code = code
        self.message = message
        self.retryable = retryable
        super().__init__(code)


class ModelBudget(Protocol):
    """What is left of the budgets for language models of a run's workflow and workspace."""

    async def reserve(
        self, input_tokens: int, output_tokens: int, cost_of: Callable[[int, int], Cost | None]
    ) -> int | None:
        """Sets aside what a request will use, before it is made; gives how many tokens its answer may have, None for any number.

        Raises BudgetExceeded. Each is followed by one `spend`.
        """
        ...

    def spend(self, input_tokens: int, output_tokens: int, cost: Cost | None) -> None:
        """The request has used so much, and nothing is set aside for it any more."""
        ...


class Tools(Protocol):
    """What an action may use besides its inputs."""

    @property
    def files(self) -> FileContents:
        """Contents of files."""
        ...

    @property
    def deadline_seconds(self) -> float:
        """What is left of the time limit."""
        ...

    @property
    def sandboxes(self) -> Mapping[str, Any]:
        """Process pools owned by the runner, by name."""
        ...

    @property
    def credentials(self) -> Credentials:
        """The credentials that its task names."""
        ...

    @property
    def effect(self) -> Callable[[], Awaitable[None]]:
        """Awaited right before what must not happen twice, by actions that tell it."""
        ...

    @property
    def progress(self) -> Progress:
        """Tells how far it is."""
        ...

    @property
    def outgoing(self) -> Outgoing:
        """The one way to the network."""
        ...

    @property
    def budget(self) -> ModelBudget:
        """What it may use of models."""
        ...

    @property
    def tool_servers(self) -> ToolServers:
        """The programs that the owner of the platform lists."""
        ...


class Action(Protocol):
    """One task kind. It keeps no state of a run in the process beyond the call, and ends when cancelled.

    An action with an attribute `tells_effect` that is true awaits `tools.effect()` itself, once all is ready for what must not
    happen twice; for others it is recorded before they are called.
    """

    kind: str

    async def perform(self, run: TaskRun, inputs: Mapping[str, Any], tools: Tools) -> Outcome:
        """Performs the run; inputs are whole values (large ones resolved), already checked against their types."""
        ...
