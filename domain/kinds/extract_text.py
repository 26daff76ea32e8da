"""The kind `extract_text`: text of a document."""

from __future__ import annotations

from domain.kinds.contract import Configuration, Kind, OutputsOf
from domain.types import FileType, ListType, TextType
from domain.variables import Variable

_INPUTS = (Variable(name="file", type=FileType()),)
_OUTPUTS = (
    Variable(name="text", type=TextType()),
    Variable(name="pages", type=ListType(items=TextType())),
)


class ExtractTextConfiguration(Configuration):
    """Nothing is set: the file says what it is."""


class ExtractText(Kind[ExtractTextConfiguration]):
    """Gives the text of a file, whole and page by page."""

    name = "extract_text"
    title = "Extract text"
    help = "Gives the text of a document, whole and page by page."
    heavy = True
    config = ExtractTextConfiguration

    def inputs(self, config: ExtractTextConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The file."""
        return _INPUTS

    def outputs(self, config: ExtractTextConfiguration, outputs_of: OutputsOf) -> tuple[Variable, ...]:  # noqa: ARG002
        """The text, whole and by page."""
        return _OUTPUTS
