"""The kind `export_data`: rows or content written to a stored file, a URL, S3 or a SQL database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints, field_validator

from domain.events import Recorded
from domain.graph import Repetition
from domain.kinds.contract import Configuration, Finding, Follows, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.kinds.declared import declared_twice
from domain.kinds.errors.tables import EXPORT_ERRORS
from domain.kinds.import_data import CREDENTIALS, Character, in_places, of_delimiter, of_place
from domain.kinds.sql_text import SqlRefused, parameters, reads, renamed_parameter
from domain.kinds.tables import COLUMNS_MAX, ENCODINGS, MEDIA_TYPES, SQL_CHARACTERS_MAX, TABLE, Format, Place
from domain.types import FileType, ListType, NumberType, ObjectType, TextType
from domain.types.limits import FieldName, Text
from domain.variables import Direction, Variable

FILE_NAME_CHARACTERS_MAX = 200
QUOTE = '"'
BINARY: frozenset[Format] = frozenset({"excel", "parquet"})

SqlName = Annotated[
    str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,62}(\.[A-Za-z_][A-Za-z0-9_]{0,62}){0,2}$")
]
"""The name of a table, with its schema if it needs one; it is quoted where it is used."""


class ExportColumn(Recorded):
    """One column of what is written: the field of the row, and its name there when that is another."""

    name: FieldName
    target: Text | None = None

    @property
    def written(self) -> str:
        """What the column is called where it is written."""
        return self.name if self.target is None else self.target


class ExportDataConfiguration(Configuration):
    """What to write (the rows that one input holds, as a list or a table, or, `rows` not set, one row of all inputs), how, and where to.

    `columns` picks and names columns, in their order. `formula_guard` puts an apostrophe before texts that a spreadsheet would take for
    a formula (CSV and Excel). To SQL, rows go `into` a table, or each into a `statement` as its named parameters; all or none.
    """

    target: Place = "file"
    format: Format | None = None
    file_name: str = ""
    inputs: tuple[Variable, ...] = ()
    rows: str | None = None
    columns: Annotated[tuple[ExportColumn, ...], Field(max_length=COLUMNS_MAX)] = ()
    formula_guard: StrictBool = True
    header: StrictBool = True
    delimiter: Character = ","
    encoding: str | None = None
    sheet: Annotated[str, StringConstraints(min_length=1, max_length=31, pattern=r"^[^\[\]:*?/\\']+$")] | None = None
    url: Annotated[str, Field(max_length=4_000)] | None = None
    method: Literal["PUT", "POST"] = "PUT"
    object: Annotated[str, Field(max_length=1_000)] | None = None
    credential: Annotated[str, CredentialName(*CREDENTIALS)] | None = None
    into: SqlName | None = None
    statement: Annotated[str, Field(max_length=SQL_CHARACTERS_MAX)] | None = None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        if encoding is not None and encoding not in (*ENCODINGS, "utf-8-sig"):
            raise ValueError(f"Expected utf-8-sig or one of {', '.join(ENCODINGS)}, but got another encoding.")
        return encoding


class ExportData(Kind[ExportDataConfiguration]):
    """Writes rows or a text: to a file that is kept in the store of the workspace, or out of it."""

    name = "export_data"
    title = "Export data"
    help = (
        "Writes rows as CSV, JSON, NDJSON, Excel or Parquet, or a text: to a file, a URL, S3 or a SQL database. "
        "The rows are those of one input, or one row of all inputs."
    )
    config = ExportDataConfiguration
    errors = EXPORT_ERRORS

    def inputs(self, config: ExportDataConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The declared inputs."""
        return config.inputs

    def outputs(self, config: ExportDataConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The file; or how many rows were written, and what the service answered."""
        if config.target == "file":
            kinds = None if config.format is None else (MEDIA_TYPES[config.format],)
            return (Variable(name="file", type=FileType(kinds=kinds)),)
        count = Variable(name="row_count", type=NumberType(minimum=0))
        match config.target:
            case "url":
                return (count, Variable(name="status", type=NumberType()))
            case "s3":
                return (count, Variable(name="object", type=TextType()))
            case _:
                return (count,)

    def follows(self, direction: Direction) -> Follows:
        """Its outputs say what was written where: a file of the format that is set, or how many rows."""
        return "declared" if direction == "input" else "derived"

    def renamed_variable(
        self, config: ExportDataConfiguration, direction: Direction, old: str, new: str
    ) -> ExportDataConfiguration | None:
        """The export with the input under its new name, also where it holds the rows or stands in a URL, an object or a row of all inputs."""
        renamed = super().renamed_variable(config, direction, old, new)
        if renamed is None:
            return None
        changed: dict[str, object] = dict(in_places(config.url, config.object, old, new))
        if config.rows == old:
            changed["rows"] = new
        elif config.rows is None and config.columns:
            changed["columns"] = tuple(
                each.model_copy(update={"name": new, "target": each.written}) if each.name == old else each
                for each in config.columns
            )
        elif config.rows is None and config.statement is not None:
            changed["statement"] = renamed_parameter(config.statement, old, new)
        return renamed.model_copy(update=changed)

    def repetition_of(self, config: ExportDataConfiguration) -> Repetition:
        """Rows written to a database twice, or posted twice, are there twice; a file, an object and what is put are replaced."""
        return (
            "once" if config.target == "sql" or (config.target == "url" and config.method == "POST") else "repeatable"
        )

    def has_effect(self, config: ExportDataConfiguration) -> bool:
        """What leaves the store is there for others, whatever becomes of the job; a stored file is part of it."""
        return config.target != "file"

    def findings(self, config: ExportDataConfiguration) -> Iterator[Finding]:
        """Format, name and place must be there, and `rows` name a list of objects or a table among the inputs."""
        yield from _of_form(config)
        if not config.inputs:
            yield Finding("MISSING_CONFIGURATION", "inputs", "at least one declared input", "none")
        yield from declared_twice("inputs", config.inputs)
        yield from of_delimiter(config.delimiter, QUOTE)
        yield from of_place(config.target, config.url, config.object, config.credential, config.inputs)
        if config.target == "sql":
            yield from _of_sql(config)
        elif config.into is not None or config.statement is not None:
            path = "into" if config.into is not None else "statement"
            yield Finding("SETTINGS_CONFLICT", path, "a table or statement only where the target is sql", "one")
        if config.format == "text":
            yield from _of_text(config)
        elif config.rows is not None:
            yield from _of_rows(config)


def _of_form(config: ExportDataConfiguration) -> Iterator[Finding]:
    if config.target == "sql":
        if config.format is not None:
            yield Finding("SETTINGS_CONFLICT", "format", "no format where the target is sql", config.format)
        return
    if config.format is None:
        yield Finding("MISSING_CONFIGURATION", "format", "csv, json, ndjson, excel, parquet or text", "nothing")
    if config.format in BINARY and config.encoding is not None:
        yield Finding("SETTINGS_CONFLICT", "encoding", f"none for {config.format}", config.encoding)
    if config.target != "file":
        return
    if not config.file_name.strip():
        yield Finding("MISSING_CONFIGURATION", "file_name", "a name for the file", "nothing")
    elif not _is_file_name(config.file_name):
        expected = f"a file name of at most {FILE_NAME_CHARACTERS_MAX} characters, without / and \\"
        yield Finding("FILE_NAME_MISFIT", "file_name", expected, "another")


def _is_file_name(name: str) -> bool:
    return len(name) <= FILE_NAME_CHARACTERS_MAX and name.isprintable() and not {"/", "\\"} & set(name)


def _of_rows(config: ExportDataConfiguration) -> Iterator[Finding]:
    rows = next((variable for variable in config.inputs if variable.name == config.rows), None)
    if rows is None:
        yield Finding("UNKNOWN_VARIABLE", "rows", "the name of a declared input", str(config.rows))
    elif isinstance(rows.type, FileType):
        if rows.type.kinds is not None and rows.type.kinds != (TABLE,):
            found = f"a file of {' or '.join(rows.type.kinds)}"
            yield Finding("TYPE_MISMATCH", "rows", f"an input that is a list of objects, or a file of {TABLE}", found)
    elif not isinstance(rows.type, ListType) or not isinstance(rows.type.items, ObjectType | None):
        yield Finding("TYPE_MISMATCH", "rows", "an input that is a list of objects, or a table", rows.type.type)


def _of_text(config: ExportDataConfiguration) -> Iterator[Finding]:
    held = next((variable for variable in config.inputs if variable.name == config.rows), None)
    if held is None:
        found = "nothing" if config.rows is None else config.rows
        yield Finding("UNKNOWN_VARIABLE", "rows", "the name of the input that holds the text", found)
    elif held.type.type not in {"str", "json_string"}:
        yield Finding("TYPE_MISMATCH", "rows", "an input that is text", held.type.type)
    if config.columns:
        yield Finding("SETTINGS_CONFLICT", "columns", "no columns where a text is written", "some")


def _of_sql(config: ExportDataConfiguration) -> Iterator[Finding]:
    if config.credential is None:
        yield Finding("MISSING_CONFIGURATION", "credential", "the name of a credential of the kind sql", "nothing")
    if config.into is None and not (config.statement or "").strip():
        yield Finding("MISSING_CONFIGURATION", "into", "a table, or a statement that writes", "nothing")
    if config.statement is None:
        return
    if config.into is not None:
        yield Finding("SETTINGS_CONFLICT", "statement", "either a table or a statement", "both")
    try:
        names = parameters(config.statement)
    except SqlRefused as refused:
        yield Finding("SQL_MISFIT", "statement", "one SQL statement", str(refused))
        return
    if reads(config.statement) and not config.statement.lstrip().lower().startswith("with"):
        yield Finding("SQL_MISFIT", "statement", "a statement that writes, as INSERT, UPDATE or DELETE do", "another")
    for name in _unknown(config, names):
        yield Finding("UNKNOWN_VARIABLE", "statement", "parameters that are columns of the rows", f":{name}")


def _unknown(config: ExportDataConfiguration, names: tuple[str, ...]) -> list[str]:
    """The parameters that no row can have, as far as that is declared."""
    if config.columns:
        known = {column.written for column in config.columns}
    elif config.rows is None:
        known = {variable.name for variable in config.inputs}
    else:
        held = next((variable.type for variable in config.inputs if variable.name == config.rows), None)
        row = held.rows if isinstance(held, FileType) else held.items if isinstance(held, ListType) else None
        if not isinstance(row, ObjectType) or row.fields is None:
            return []
        known = {field.name for field in row.fields}
    return [name for name in names if name not in known]
