"""The kind `code`: the user's Python, in a sandbox."""

from __future__ import annotations

from collections.abc import Iterator

from domain.kinds.contract import Configuration, Finding, Kind, OutputsOf, RenameUncertain, UncertainPlace
from domain.kinds.declared import declared_twice
from domain.kinds.errors.code import CODE_ERRORS
from domain.kinds.rewriting import renamed_in_python
from domain.types import FilesType, FileType, ListType, ObjectType, ValueType
from domain.variables import Direction, Variable

CODE_CHARACTERS_MAX = 200_000


class CodeConfiguration(Configuration):
    """The program, and the variables it reads and sets."""

    code: str = ""
    inputs: tuple[Variable, ...] = ()
    outputs: tuple[Variable, ...] = ()


class Code(Kind[CodeConfiguration]):
    """Runs the user's Python, a documented subset, with no network and no disk."""

    name = "code"
    title = "Code"
    help = "Runs Python, in a sandbox without network and disk: its inputs are variables there, and so are its outputs."
    config = CodeConfiguration
    errors = CODE_ERRORS

    def inputs(self, config: CodeConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: CodeConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared outputs."""
        return config.outputs

    def renamed_variable(
        self, config: CodeConfiguration, direction: Direction, old: str, new: str
    ) -> CodeConfiguration | None:
        """The program with the variable under its new name."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None
        others = config.outputs if direction == "input" else config.inputs
        for variable in others:
            if variable.name in (old, new):
                other = "output" if direction == "input" else "input"
                raise RenameUncertain(UncertainPlace("code", None, f"{variable.name} is an {other} as well"))
        return renamed.model_copy(update={"code": renamed_in_python(config.code, old, new, "code")})

    def findings(self, config: CodeConfiguration) -> Iterator[Finding]:
        """A program must be there and declare what it gives; it can give no files."""
        if not config.code.strip():
            yield Finding("MISSING_CONFIGURATION", "code", "a program", "nothing")
        if len(config.code) > CODE_CHARACTERS_MAX:
            found = f"{len(config.code)}"
            yield Finding("CODE_TOO_LONG", "code", f"a program of at most {CODE_CHARACTERS_MAX} characters", found)
        if not config.outputs:
            yield Finding("MISSING_CONFIGURATION", "outputs", "at least one declared output", "none")
        yield from declared_twice("inputs", config.inputs)
        yield from declared_twice("outputs", config.outputs)
        for variable in config.outputs:
            if _holds_file(variable.type):
                yield Finding("FILE_FROM_CODE", f"outputs.{variable.name}", "an output that code can make", "a file")


def _holds_file(declared: ValueType | None) -> bool:
    match declared:
        case FileType() | FilesType():
            return True
        case ListType():
            return _holds_file(declared.items)
        case ObjectType():
            return any(_holds_file(field.type) for field in declared.fields or ())
        case _:
            return False
