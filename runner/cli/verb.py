"""A verb of the command line: its usage as its page writes it, and what was probably meant where it is used wrongly."""

from __future__ import annotations

import re
from typing import Any, Final

import typer
from typer.core import TyperArgument, TyperCommand

INPUT: Final = "--input"
_USAGE_ERROR: Final[Any] = typer.BadParameter.__mro__[1]
"""What all wrong uses are; typer itself hands out only some of its kinds."""
_GIVEN = re.compile(r"[a-z][a-z0-9_]*=.*", re.DOTALL)


class Verb(TyperCommand):
    """A command that says more about itself."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """`opus send [OPTIONS] JOB NAME [VALUE]`."""
        arguments = [each for each in self.get_params(ctx) if isinstance(each, TyperArgument)]
        return ["[OPTIONS]", *map(usage_of, arguments)]

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments; of inputs that were given as if they were options or arguments it says how they are given."""
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except _USAGE_ERROR as error:
            if any(INPUT in each.opts for each in self.params) and (meant := _meant(error, given)):
                error.message = f"{error.message}. Did you mean {INPUT} {meant}?"
            raise


def usage_of(argument: TyperArgument) -> str:
    """An argument as a usage line has it."""
    word = argument.metavar or (argument.name or "").upper()
    many = "..." if argument.nargs != 1 else ""
    return f"{word}{many}" if argument.required else f"[{word}{many}]"


def _meant(error: Any, given: list[str]) -> str | None:
    option = getattr(error, "option_name", None)
    if option is not None:
        name = option.lstrip("-").replace("-", "_")
        return None if getattr(error, "possibilities", None) or not name.isidentifier() else f"{name}=…"
    if "unexpected extra argument" not in error.message:
        return None
    extra = [
        each for place, each in enumerate(given) if _GIVEN.fullmatch(each) and given[place - 1] not in (INPUT, "-i")
    ]
    return f" {INPUT} ".join(extra) or None
