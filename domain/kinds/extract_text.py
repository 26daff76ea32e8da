"""The kind `extract_text`: text and tables of a document."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StrictBool, StringConstraints

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.kinds.errors.documents import DOCUMENT_ERRORS
from domain.types import FileType, ListType, NumberType, ObjectField, ObjectType, TextType
from domain.variables import Variable

LANGUAGES_MAX = 5

Language = Annotated[str, StringConstraints(strict=True, pattern=r"^[a-z]{3}(_[a-z]{3,4})?$")]
"""A language as tesseract names it: `eng`, `deu`, `chi_sim`."""

_INPUTS = (Variable(name="file", type=FileType()),)
_TABLE = ObjectType(
    fields=(
        ObjectField(name="page", type=NumberType()),
        ObjectField(name="name", type=TextType(), required=False),
        ObjectField(name="rows", type=ListType(items=ListType(items=TextType()))),
    )
)
_ATTACHMENT = ObjectType(
    fields=(
        ObjectField(name="name", type=TextType()),
        ObjectField(name="media_type", type=TextType()),
        ObjectField(name="first_page", type=NumberType(), required=False),
        ObjectField(name="pages", type=NumberType()),
        ObjectField(name="problem", type=TextType(), required=False),
    )
)
_OUTPUTS = (
    Variable(name="text", type=TextType()),
    Variable(name="pages", type=ListType(items=TextType())),
    Variable(name="tables", type=ListType(items=_TABLE)),
    Variable(name="attachments", type=ListType(items=_ATTACHMENT)),
    Variable(name="media_type", type=TextType()),
    Variable(name="scanned_pages", type=ListType(items=NumberType())),
)


class ExtractTextConfiguration(Configuration):
    """Whether tables are looked for, and how pictures of text are read: what kind of document it is, its content says."""

    tables: StrictBool = True
    ocr: Literal["when_needed", "never"] = "when_needed"
    languages: Annotated[tuple[Language, ...], Field(min_length=1, max_length=LANGUAGES_MAX)] = ("eng",)


class ExtractText(Kind[ExtractTextConfiguration]):
    """Gives the text of a file, whole and page by page, its tables, and what is attached to it."""

    name = "extract_text"
    title = "Extract text"
    help = "Gives the text and tables of a PDF, Office or HTML document, an e-mail or a picture, page by page."
    heavy = True
    action_version = 2
    config = ExtractTextConfiguration
    errors = DOCUMENT_ERRORS

    def inputs(self, config: ExtractTextConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The file."""
        return _INPUTS

    def outputs(self, config: ExtractTextConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The text, whole and by page, the tables with their pages, and what is attached."""
        return _OUTPUTS
