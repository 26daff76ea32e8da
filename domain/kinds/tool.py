"""The kind `tool`: a tool of an MCP server is called, its arguments are inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import Field, StrictBool, StringConstraints

from domain.graph import Repetition
from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.kinds.declared import declared_twice
from domain.kinds.errors.tool import TOOL_ERRORS
from domain.types import FilesType, FileType, ObjectType, TextType
from domain.variables import Direction, Name, Variable

TEXT, FILES, STRUCTURED = "text", "files", "structured"
_FIXED = (Variable(name=TEXT, type=TextType()), Variable(name=FILES, type=FilesType()))
_OPEN = Variable(name=STRUCTURED, type=ObjectType(), required=False)

ToolName = Annotated[str, StringConstraints(strict=True, max_length=200)]
PartName = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200)]


class ToolConfiguration(Configuration):
    """Which tool of which server: one reached by `credential`, or one of the programs that the owner of the platform lists.

    Inputs are the tool's arguments, by their names, or by `arguments` where these are named otherwise; so are the declared outputs parts
    of its structured result (`results`). A tool that only reads, or may be called twice for the same effect, is `repeatable`.
    """

    credential: Annotated[str, CredentialName("mcp")] | None = None
    server: str | None = None
    tool: ToolName = ""
    repeatable: StrictBool = False
    arguments: Mapping[Name, PartName] = Field(default_factory=dict)
    results: Mapping[Name, PartName] = Field(default_factory=dict)
    inputs: tuple[Variable, ...] = ()
    outputs: tuple[Variable, ...] = ()


class Tool(Kind[ToolConfiguration]):
    """Calls a tool of any MCP server."""

    name = "tool"
    title = "Tool"
    help = "Calls a tool of an MCP server: its arguments are the inputs, its result the outputs."
    config = ToolConfiguration
    errors = TOOL_ERRORS
    repetition = "once"

    def inputs(self, config: ToolConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: ToolConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared outputs, or where none are the structured result as it comes; then what the tool said, and the files it gave."""
        return (*(config.outputs or (_OPEN,)), *_FIXED)

    def repetition_of(self, config: ToolConfiguration) -> Repetition:
        """*Once*, unless it is said that calling it again does no harm."""
        return "repeatable" if config.repeatable else "once"

    def has_effect(self, config: ToolConfiguration) -> bool:
        """Whether calling it changes something, as far as its builder says."""
        return not config.repeatable

    def renamed_variable(
        self, config: ToolConfiguration, direction: Direction, old: str, new: str
    ) -> ToolConfiguration | None:
        """The call with the variable under its new name; the tool goes on calling it by the old one."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None
        part = "arguments" if direction == "input" else "results"
        names: Mapping[str, str] = getattr(config, part)
        kept = {name: theirs for name, theirs in names.items() if name != old}
        theirs = names.get(old, old)
        return renamed.model_copy(update={part: kept if theirs == new else {**kept, new: theirs}})

    def findings(self, config: ToolConfiguration) -> Iterator[Finding]:
        """There must be a tool of one server; what is declared has names of its own, and no files go in."""
        if not config.tool.strip():
            yield Finding("MISSING_CONFIGURATION", "tool", "the name of a tool", "nothing")
        given = [part for part in ("credential", "server") if (getattr(config, part) or "").strip()]
        if len(given) != 1:
            expected = "a credential of an MCP server, or a server that the owner of the platform lists"
            yield Finding("MISSING_CONFIGURATION", "credential", expected, "both" if given else "neither")
        yield from declared_twice("inputs", config.inputs)
        yield from declared_twice("outputs", config.outputs)
        for part, variables in (("arguments", config.inputs), ("results", config.outputs)):
            for name in sorted(set(getattr(config, part)) - {variable.name for variable in variables}):
                expected = f"the name of a declared {'input' if part == 'arguments' else 'output'}"
                yield Finding("UNKNOWN_VARIABLE", f"{part}.{name}", expected, name)
        for variable in config.outputs:
            if variable.name in (TEXT, FILES):
                expected = f"another name, since {variable.name} is what every tool gives"
                yield Finding("RESERVED_NAME", f"outputs.{variable.name}", expected, variable.name)
            if isinstance(variable.type, FileType | FilesType):
                expected = f"a part of the structured result, which holds no files (they are in {FILES})"
                yield Finding("TYPE_MISMATCH", f"outputs.{variable.name}", expected, "a file")
