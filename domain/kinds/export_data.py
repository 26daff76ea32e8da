"""The kind `export_data`: rows written to a stored file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import StrictBool

from domain.kinds.contract import Configuration, Finding, Follows, Kind, OutputsOf
from domain.kinds.declared import declared_twice
from domain.types import FileType, ListType, ObjectType
from domain.variables import Direction, Variable

FILE_NAME_CHARACTERS_MAX = 200
MEDIA_TYPES = {"csv": "text/csv", "json": "application/json"}


class ExportDataConfiguration(Configuration):
    """What to write: the rows that one input holds, or (`rows` not set) one row of all inputs in their order.

    `formula_guard` puts an apostrophe before texts that a spreadsheet would take for a formula (CSV only).
    """

    format: Literal["csv", "json"] | None = None
    file_name: str = ""
    inputs: tuple[Variable, ...] = ()
    rows: str | None = None
    formula_guard: StrictBool = True


class ExportData(Kind[ExportDataConfiguration]):
    """Writes rows to a file that is kept in the store of the workspace."""

    name = "export_data"
    title = "Export data"
    help = "Writes rows to a CSV or JSON file: the rows of one input, or one row of all inputs."
    config = ExportDataConfiguration

    def inputs(self, config: ExportDataConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: ExportDataConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The file."""
        kinds = None if config.format is None else (MEDIA_TYPES[config.format],)
        return (Variable(name="file", type=FileType(kinds=kinds)),)

    def follows(self, direction: Direction) -> Follows:
        """Its output is a file of the format that is set."""
        return "declared" if direction == "input" else "derived"

    def renamed_variable(
        self, config: ExportDataConfiguration, direction: Direction, old: str, new: str
    ) -> ExportDataConfiguration | None:
        """The export with the input under its new name, also where it holds the rows."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None or config.rows != old:
            return renamed
        return renamed.model_copy(update={"rows": new})

    def has_effect(self, config: ExportDataConfiguration) -> bool:  # noqa: ARG002
        """What is exported is there for others, whatever becomes of the job."""
        return True

    def findings(self, config: ExportDataConfiguration) -> Iterator[Finding]:
        """Format, file name and inputs must be there, and `rows` name a list of objects among them."""
        if config.format is None:
            yield Finding("MISSING_CONFIGURATION", "format", "csv or json", "nothing")
        if not config.file_name.strip():
            yield Finding("MISSING_CONFIGURATION", "file_name", "a name for the file", "nothing")
        elif not _is_file_name(config.file_name):
            expected = f"a file name of at most {FILE_NAME_CHARACTERS_MAX} characters, without / and \\"
            yield Finding("FILE_NAME_MISFIT", "file_name", expected, "another")
        if not config.inputs:
            yield Finding("MISSING_CONFIGURATION", "inputs", "at least one declared input", "none")
        yield from declared_twice("inputs", config.inputs)
        if config.rows is not None:
            yield from _of_rows(config)


def _is_file_name(name: str) -> bool:
    return len(name) <= FILE_NAME_CHARACTERS_MAX and name.isprintable() and not {"/", "\\"} & set(name)


def _of_rows(config: ExportDataConfiguration) -> Iterator[Finding]:
    rows = next((variable for variable in config.inputs if variable.name == config.rows), None)
    if rows is None:
        yield Finding("UNKNOWN_VARIABLE", "rows", "the name of a declared input", str(config.rows))
    elif not isinstance(rows.type, ListType) or not isinstance(rows.type.items, ObjectType | None):
        yield Finding("TYPE_MISMATCH", "rows", "an input that is a list of objects", rows.type.type)
