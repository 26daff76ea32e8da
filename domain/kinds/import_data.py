"""The kind `import_data`: rows or content read from a file, a URL, S3 or a SQL database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, StrictBool, field_validator

from domain.kinds.contract import Configuration, Finding, Follows, Kind, OutputsOf
from domain.kinds.credential_names import CredentialName
from domain.kinds.declared import declared_twice
from domain.kinds.errors.tables import IMPORT_ERRORS
from domain.kinds.placeholders import PlaceholderMisread, places, renamed
from domain.kinds.sql_text import SQL_EMPTY, SqlRefused, parameters, reads, renamed_parameter
from domain.kinds.tables import (
    COLUMNS_MAX,
    ENCODINGS,
    SQL_CHARACTERS_MAX,
    Column,
    Format,
    Place,
    of_columns,
    row_type,
    table_type,
)
from domain.types import FileType, ListType, NumberType, ObjectField, ObjectType, TextType, ValueType
from domain.variables import Direction, Variable

FILE = "file"
"""The input that holds the file, where one is read."""
BAD_ROW = ObjectType(
    fields=(
        ObjectField(name="row", type=NumberType()),
        ObjectField(name="line", type=NumberType(), required=False),
        ObjectField(name="column", type=TextType(), required=False),
        ObjectField(name="reason", type=TextType()),
    )
)
"""One row that could not be read as declared: its number from 1 (a header not counted), its line, the column, and why."""

CREDENTIALS = ("bearer", "api_key", "basic", "jwt", "oauth2_client", "s3", "sql")
"""What a URL, S3 and a database are reached with."""
LINE_ENDS = ("\n", "\r")
Character = Annotated[str, Field(min_length=1, max_length=1)]


class ImportDataConfiguration(Configuration):
    """Where to read (`source`), how it is written (`format`; found out where it is not said), and which columns it has.

    Without `columns` every column is read: as text from CSV, else as it is written. `rows_as` says how rows are given: as a list, as a
    table (a file with a row type), or (`auto`) as a list of up to 10,000 and as a table beyond. `whole` gives the document instead.
    """

    source: Place = "file"
    format: Format | None = None
    inputs: tuple[Variable, ...] = ()
    url: Annotated[str, Field(max_length=4_000)] | None = None
    object: Annotated[str, Field(max_length=1_000)] | None = None
    credential: Annotated[str, CredentialName(*CREDENTIALS)] | None = None
    statement: Annotated[str, Field(max_length=SQL_CHARACTERS_MAX)] | None = None
    columns: Annotated[tuple[Column, ...], Field(max_length=COLUMNS_MAX)] = ()
    rows_as: Literal["auto", "list", "table"] = "auto"
    bad_rows: Literal["refuse", "skip_and_report"] = "refuse"
    whole: StrictBool = False
    content: ValueType | None = None
    header: StrictBool = True
    delimiter: Character | None = None
    quote: Character = '"'
    encoding: str | None = None
    decimal_mark: Literal[".", ","] = "."
    group_mark: Literal[".", ",", "'", " "] | None = None
    time_zone: str = "UTC"
    sheet: str | None = None
    rows_at: tuple[str, ...] = ()

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        if encoding is not None and encoding not in ENCODINGS:
            raise ValueError(f"Expected one of {', '.join(ENCODINGS)}, but got another encoding.")
        return encoding

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            ZoneInfo(zone)
        except (ValueError, OSError, LookupError):
            raise ValueError("Expected the name of a time zone like Europe/Berlin, but got another text.") from None
        return zone

    @property
    def gives_content(self) -> bool:
        """Whether the document is given as it is, instead of rows."""
        return self.whole or self.format == "text"


class ImportData(Kind[ImportDataConfiguration]):
    """Reads a table, row by row and type by type, or a whole document."""

    name = "import_data"
    title = "Import data"
    help = (
        "Reads CSV, JSON, NDJSON, Excel, Parquet or text from a file, a URL, S3 or a SQL database, and tells which rows "
        "are not as declared."
    )
    config = ImportDataConfiguration
    errors = IMPORT_ERRORS

    def inputs(self, config: ImportDataConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The file, where one is read, and the declared inputs: parameters of the statement, places of the URL."""
        return (Variable(name=FILE, type=FileType()), *config.inputs) if reads_file(config) else config.inputs

    def outputs(self, config: ImportDataConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The rows, as a list or a table, how many they are and what was wrong; or the document."""
        if config.gives_content:
            usual: ValueType = TextType() if config.format == "text" else ObjectType()
            return (Variable(name="content", type=config.content or usual),)
        row = row_type(config.columns)
        sure = config.rows_as != "auto"
        outputs: list[Variable] = []
        if config.rows_as != "table":
            outputs.append(Variable(name="rows", type=ListType(items=row), required=sure))
        if config.rows_as != "list":
            outputs.append(Variable(name="table", type=table_type(row), required=sure))
        outputs.append(Variable(name="row_count", type=NumberType(minimum=0)))
        if config.bad_rows == "skip_and_report":
            outputs.append(Variable(name="bad_rows", type=ListType(items=BAD_ROW)))
            outputs.append(Variable(name="bad_row_count", type=NumberType(minimum=0)))
        return tuple(outputs)

    def follows(self, direction: Direction) -> Follows:  # noqa: ARG002 - both
        """The file and what is declared; rows of the columns that are set, as a list or a table."""
        return "derived"

    def renamed_variable(
        self, config: ImportDataConfiguration, direction: Direction, old: str, new: str
    ) -> ImportDataConfiguration | None:
        """The import with an input under its new name, also in the statement and in the places of the URL or the object."""
        declaring = super().renamed_variable(config, direction, old, new)
        if declaring is None:
            return None
        changed = in_places(config.url, config.object, old, new)
        if config.statement is not None:
            changed["statement"] = renamed_parameter(config.statement, old, new)
        return declaring.model_copy(update=changed)

    def findings(self, config: ImportDataConfiguration) -> Iterator[Finding]:
        """The place to read from must be there whole, and what it and the statement speak of be declared."""
        yield from declared_twice("inputs", config.inputs)
        if reads_file(config) and any(each.name == FILE for each in config.inputs):
            yield Finding("DECLARED_TWICE", "inputs.file", "another name: file is an input already", "it once more")
        yield from of_columns(config.columns)
        yield from of_place(config.source, config.url, config.object, config.credential, config.inputs)
        if config.source == "sql":
            yield from _of_statement(config)
        elif config.statement is not None:
            yield Finding("SETTINGS_CONFLICT", "statement", "a statement only where SQL is read", "one")
        if config.whole and config.format not in {"json", "text"}:
            yield Finding(
                "SETTINGS_CONFLICT", "whole", "the format json or text, to give the document", str(config.format)
            )
        if config.gives_content and config.columns:
            yield Finding("SETTINGS_CONFLICT", "columns", "no columns where the document is given", "some")
        if config.content is not None and not config.gives_content:
            yield Finding("SETTINGS_CONFLICT", "content", "its type only where the document is given", "one")
        yield from of_delimiter(config.delimiter, config.quote)
        if config.quote in LINE_ENDS:
            yield Finding("SETTINGS_CONFLICT", "quote", "another character than a line end", "one")
        if config.group_mark is not None and config.group_mark == config.decimal_mark:
            yield Finding("SETTINGS_CONFLICT", "group_mark", "another mark than decimal_mark", f'"{config.group_mark}"')


def reads_file(config: ImportDataConfiguration) -> bool:
    """Whether it reads a stored file: also of SQL without a credential, which is a SQLite database."""
    return config.source == "file" or (config.source == "sql" and config.credential is None)


def of_place(
    place: Place, url: str | None, key: str | None, credential: str | None, inputs: tuple[Variable, ...]
) -> Iterator[Finding]:
    """What a place needs to be told, and that each `{name}` in it is a declared input that is text, a number or the like."""
    wanted = {"url": ("url", url, "the URL"), "s3": ("object", key, "the name of the object")}.get(place)
    if wanted is not None:
        path, text, what = wanted
        if not (text or "").strip():
            yield Finding("MISSING_CONFIGURATION", path, what, "nothing")
        else:
            yield from _of_places(path, text or "", inputs)
    if place == "url" and url and not url.lower().startswith(("https://", "http://")):
        yield Finding("CONFIGURATION_MISFIT", "url", "a URL that begins with https:// or http://", "another")
    if place == "s3" and credential is None:
        yield Finding("MISSING_CONFIGURATION", "credential", "the name of a credential of the kind s3", "nothing")


def of_delimiter(delimiter: str | None, quote: str) -> Iterator[Finding]:
    """What parts fields can neither end a line nor quote a text."""
    if delimiter is not None and delimiter in (quote, *LINE_ENDS):
        found = f"{quote}" if delimiter == quote else "a line end"
        yield Finding("SETTINGS_CONFLICT", "delimiter", "another character than the quote or a line end", found)


def in_places(url: str | None, key: str | None, old: str, new: str) -> dict[str, str]:
    """The URL and the object, as far as they are there, after an input was renamed."""
    texts = {"url": url, "object": key}
    return {name: renamed(text, old, new) for name, text in texts.items() if text is not None}


def _of_places(path: str, text: str, inputs: tuple[Variable, ...]) -> Iterator[Finding]:
    try:
        found = {place.path[0] for place in places(text)}
    except PlaceholderMisread as misread:
        yield Finding("CONFIGURATION_MISFIT", path, "{name} where an input stands, and {{ for a brace", misread.found)
        return
    declared = {variable.name for variable in inputs}
    for name in sorted(found - declared):
        yield Finding("UNKNOWN_VARIABLE", path, "the name of a declared input", name)


def _of_statement(config: ImportDataConfiguration) -> Iterator[Finding]:
    statement = config.statement or ""
    if not statement.strip():
        yield Finding("MISSING_CONFIGURATION", "statement", SQL_EMPTY, "nothing")
        return
    try:
        names = parameters(statement)
    except SqlRefused as refused:
        yield Finding("SQL_MISFIT", "statement", "one SQL statement", str(refused))
        return
    if not reads(statement):
        yield Finding("SQL_MISFIT", "statement", "a statement that reads, which begins with SELECT or WITH", "another")
    declared = {variable.name for variable in config.inputs}
    for name in names:
        if name not in declared:
            yield Finding("UNKNOWN_VARIABLE", "statement", "parameters that are declared inputs", f":{name}")
