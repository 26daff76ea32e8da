"""What `import_data` and `export_data` share: formats, columns with their declared types, and where a table comes from or goes to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field, StrictBool

from domain.events import Recorded
from domain.kinds.contract import Finding
from domain.types import FilesType, FileType, ListType, ObjectField, ObjectType, ValueType
from domain.types.limits import FieldName, Text

Format = Literal["csv", "json", "ndjson", "excel", "parquet", "text"]
Place = Literal["file", "url", "s3", "sql"]

TABLE = "application/x-ndjson"
"""The media type of a table: one JSON object a line, in UTF-8, each as the declared row type has it."""
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA_TYPES: dict[Format, str] = {
    "csv": "text/csv",
    "json": "application/json",
    "ndjson": TABLE,
    "excel": EXCEL,
    "parquet": "application/vnd.apache.parquet",
    "text": "text/plain",
}
ENCODINGS = (
    "utf-8",
    "utf-16",
    "utf-16-le",
    "utf-16-be",
    "utf-32",
    *(f"cp{number}" for number in (437, 850, 852, 866, 932, 936, 949, 950, *range(1250, 1259))),
    *(f"iso8859-{number}" for number in (*range(1, 12), *range(13, 17))),
    "koi8-r",
    "koi8-u",
    "mac-roman",
    "shift_jis",
    "euc-jp",
    "euc-kr",
    "gb18030",
    "big5",
)
"""What a text can be declared to be written in, by Python's names."""
COLUMNS_MAX = 500
ROWS_LISTED_MAX = 10_000
"""How many rows are given as a list at most; more are a table."""
SQL_CHARACTERS_MAX = 50_000


class Column(Recorded):
    """One column of what is read: the field it becomes, its type, and its name there when that is another.

    `date_format` says how a text is read as a Date, in the directives of strptime: `%d.%m.%Y`; without one it is ISO 8601.
    """

    name: FieldName
    type: ValueType
    source: Text | None = None
    required: StrictBool = True
    date_format: Annotated[Text, Field(max_length=100)] | None = None

    @property
    def wanted(self) -> str:
        """What the column is called where it is read from."""
        return self.name if self.source is None else self.source


def row_type(columns: Sequence[Column]) -> ObjectType:
    """The type of a row with these columns; without any it is open."""
    if not columns:
        return ObjectType()
    return ObjectType(fields=tuple(ObjectField(name=one.name, type=one.type, required=one.required) for one in columns))


def table_type(rows: ObjectType | None = None) -> FileType:
    """The type of a table, with the type of its rows."""
    return FileType(kinds=(TABLE,), rows=rows if rows is not None and rows.fields is not None else None)


def of_columns(columns: Sequence[Column]) -> Iterator[Finding]:
    """Each column stands once and is of a type that can be read."""
    for name, times in Counter(column.name for column in columns).items():
        if times > 1:
            yield Finding("DECLARED_TWICE", f"columns.{name}", "each column declared once", f"it {times} times")
    for column in columns:
        if _holds_file(column.type):
            yield Finding("TYPE_MISMATCH", f"columns.{column.name}.type", "a type that a row can hold", "a file")
        if column.date_format is not None and column.type.type != "date":
            found = column.type.type
            yield Finding("TYPE_MISMATCH", f"columns.{column.name}.date_format", "a column that is a date", found)


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
