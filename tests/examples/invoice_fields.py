"""The code tasks of the invoice example one after the other, as its workflow links them: fast, or in the sandbox."""

from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from domain.kinds.code import CodeConfiguration
from domain.workflows.wiring import Wiring
from graphql_api.workflow_files.whole import read_whole
from runner.actions.sandbox import CodeSandbox

FOLDER = Path(__file__).parents[2] / "examples" / "invoice_approval"
SURE = 0.8
FILE = FOLDER / "workflow.yaml"
DESIGN = read_whole(FILE.read_bytes(), FILE.name, FOLDER).require().design
CONFIGS = {
    name: task.config for name, task in Wiring(DESIGN).tasks.items() if isinstance(task.config, CodeConfiguration)
}
COMPILED = {name: compile(config.code, name, "exec") for name, config in CONFIGS.items()}

Found = dict[str, Any]


def find(text: str) -> Found:
    """What the tasks find, run as plain Python."""
    found: dict[str, Found] = {"extract": {"text": text}}
    for name, config in CONFIGS.items():
        names = {"__name__": name} | inputs_of(name, found)
        exec(COMPILED[name], names)  # noqa: S102 The example's own code, run fast; other tests run it in the sandbox.
        found[name] = {output.name: plain(names[output.name]) for output in config.outputs}
    return found["find"]


async def find_in_sandbox(sandbox: CodeSandbox, text: str) -> Found:
    """What the tasks find, run where the product runs them."""
    found: dict[str, Found] = {"extract": {"text": text}}
    for name, config in CONFIGS.items():
        outputs = tuple(output.name for output in config.outputs)
        found[name] = (await sandbox.run_code(config.code, inputs_of(name, found), outputs)).outputs
    return found["find"]


def inputs_of(task: str, found: dict[str, Found]) -> Found:
    """The inputs of a task, from the outputs of those before it."""
    edges = [edge for edge in DESIGN.edges if edge.target == task]
    return {edge.input: found[edge.source][edge.path[0]] for edge in edges if edge.input and edge.source and edge.path}


def plain(value: Any) -> Any:
    """The value as it is handed to the next task."""
    if isinstance(value, list):
        return [plain(item) for item in value]
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
