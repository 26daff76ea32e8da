"""Prints the schema: `python -m graphql_api.print_schema > schema.graphql`."""

from __future__ import annotations

import sys

from graphql_api.schema import build_schema


def printed_schema() -> str:
    """The schema as SDL."""
    return f"{build_schema().as_str().rstrip()}\n"


if __name__ == "__main__":
    sys.stdout.write(printed_schema())
