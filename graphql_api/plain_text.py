"""Text that stands in a document itself is held to the same as text in variables: it can be kept and compared everywhere."""

from __future__ import annotations

from typing import Any

from graphql import GraphQLError, StringValueNode, ValidationRule

from domain.values import ValueRefused, check_value


class PlainText(ValidationRule):
    """Refuses text with U+0000 or lone surrogates, which an escape in a document can bring."""

    def enter_string_value(self, node: StringValueNode, *_: Any) -> None:
        """Looks at one text."""
        try:
            check_value(node.value, path="a text of the operation")
        except ValueRefused as refused:
            self.report_error(GraphQLError(refused.message, node, extensions={"code": refused.code}))
