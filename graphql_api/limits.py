"""What one operation may ask for: a bound on depth, on aliases and on the fields it can make us compute."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
    ValidationRule,
)

TOKENS_MAX = 4_000
DEPTH_MAX = 16
ALIASES_MAX = 60
ROOT_FIELDS_MAX = 30
EQUAL_FIELDS_MAX = 10
"""How often one selection may ask for the same field: what checking them costs grows with its square."""
FIELDS_MAX = 60_000  # that one operation may have computed, lists counted in full
PAGE_ROWS_MAX = 100
PAGE_ROWS_DEFAULT = 25
LIST_ROWS_ASSUMED = 10  # of a list that is no page: tasks of a version, values of a job
SUBSCRIPTIONS_PER_CONNECTION_MAX = 100

_PAGES = (
    "workflows",
    "jobs",
    "members",
    "apiKeys",
    "versions",
    "history",
    "schedules",
    "times",
    "templates",
    "webhooks",
    "refusals",
    "calls",
    "storedFiles",
)
_LISTS = (
    "tasks",
    "checks",
    "faults",
    "layout",
    "inputs",
    "outputs",
    "shown",
    "taskKinds",
    "reviews",
    "blockers",
    "nextTimes",
    "scheduledTimes",
)
_COSTLY = ("yaml", "mermaid", "svg", "layout", "compare", "estimate")
COSTLY_FIELDS = 500
"""As how many fields one of a version counts that is computed from the whole design."""
_ROWS_USUAL = dict.fromkeys(_PAGES, PAGE_ROWS_DEFAULT) | dict.fromkeys(_LISTS, LIST_ROWS_ASSUMED)


@dataclass(frozen=True, slots=True)
class Measure:
    """How deep a selection goes, how many fields it computes and how many of them are renamed."""

    depth: int = 0
    fields: int = 0
    aliases: int = 0
    equal: int = 0  # how often one field is asked for in one selection, at most


class OperationLimits(ValidationRule):
    """Refuses an operation that is too deep, too wide or renames too much; each fragment is measured once."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._fragments = {
            definition.name.value: definition
            for definition in context.document.definitions
            if isinstance(definition, FragmentDefinitionNode)
        }
        self._measured: dict[str, Measure] = {}
        for definition in context.document.definitions:
            if isinstance(definition, OperationDefinitionNode):
                self._check(definition)

    def _check(self, operation: OperationDefinitionNode) -> None:
        measure = self._selection(operation.selection_set)
        roots = len(operation.selection_set.selections)
        for found, most, what in (
            (measure.depth, DEPTH_MAX, "levels of fields"),
            (measure.fields, FIELDS_MAX, "fields in all, pages counted in full"),
            (measure.aliases, ALIASES_MAX, "aliases"),
            (measure.equal, EQUAL_FIELDS_MAX, "equal fields in a selection"),
            (roots, ROOT_FIELDS_MAX, "root fields"),
        ):
            if found > most:
                message = f"Expected at most {most} {what} in an operation, but this one has {found}."
                error = GraphQLError(message, operation, extensions={"code": "OPERATION_TOO_LARGE"})
                self.context.report_error(error)

    def _selection(self, selections: SelectionSetNode | None) -> Measure:
        depth = fields = aliases = equal = 0
        asked: Counter[str] = Counter()
        for node in selections.selections if selections else ():
            match node:
                case FieldNode():
                    inner = self._field(node)
                    asked[node.alias.value if node.alias else node.name.value] += 1
                case InlineFragmentNode():
                    inner = self._selection(node.selection_set)
                case FragmentSpreadNode():
                    inner = self._fragment(node.name.value)
                case _:
                    continue
            depth, fields, aliases = max(depth, inner.depth), fields + inner.fields, aliases + inner.aliases
            equal = max(equal, inner.equal)
        return Measure(depth, fields, aliases, max(equal, *asked.values(), 0))

    def _field(self, node: FieldNode) -> Measure:
        alias = 1 if node.alias else 0
        if node.name.value.startswith("__"):
            return Measure(0, 1, alias)  # Introspection is bounded by the schema, not by what is stored.
        inner = self._selection(node.selection_set)
        own = COSTLY_FIELDS if node.name.value in _COSTLY else 1
        return Measure(inner.depth + 1, own + inner.fields * _rows(node), inner.aliases + alias, inner.equal)

    def _fragment(self, name: str) -> Measure:
        if name not in self._measured:
            self._measured[name] = Measure()  # A fragment that spreads itself is refused by another rule.
            if definition := self._fragments.get(name):
                self._measured[name] = self._selection(definition.selection_set)
        return self._measured[name]


def _rows(node: FieldNode) -> int:
    for argument in node.arguments or ():
        if argument.name.value == "first":
            asked = argument.value
            # The check is made once for all variables, so a variable counts as the most.
            return min(max(int(asked.value), 1), PAGE_ROWS_MAX) if isinstance(asked, IntValueNode) else PAGE_ROWS_MAX
    return _ROWS_USUAL.get(node.name.value, 1) if node.selection_set else 1
