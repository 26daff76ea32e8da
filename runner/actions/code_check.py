"""Checks user code at design time: that it parses, keeps to the supported subset, and fits its declared types."""

import asyncio
import json
import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from keyword import iskeyword
from types import TracebackType
from typing import Protocol, Self

from pydantic_monty import CollectString, Monty, MontyCrashedError, MontyError, MontyTypingError, ResourceLimits

from domain.kinds.code import CODE_CHARACTERS_MAX, CodeConfiguration
from runner.actions.code_failures import failure
from runner.actions.code_limits import USUAL_LIMITS
from runner.actions.code_types import input_annotation, output_annotation

CHECK_SECONDS = 20.0
CHECK_LIMITS: ResourceLimits = {"max_feed_duration_secs": 1.0, "max_memory": 256 * 1024 * 1024}
FINDINGS_MAX = 50
CHECKER_VERSION = version("pydantic-monty")
REMEMBERED_MAX = 5_000
STOP = "opus_stop_here"
OUTPUT = "opus_output_"
# The first line ends the run before any of the user's code: known to the type checker, unknown to the sandbox.
BEFORE = f"{STOP}()\n"
STUBS = f"""\
import datetime
from decimal import Decimal
from typing import Any, TypedDict
def {STOP}() -> None: ...
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong with the code: the line of the user's code, or None, and a sentence."""

    line: int | None
    message: str


class Memory(Protocol):
    """Where findings are kept beyond the process; what it has lost is found anew."""

    async def read(self, key: bytes) -> tuple[Finding, ...] | None:
        """What was found before."""
        ...

    async def keep(self, key: bytes, findings: tuple[Finding, ...]) -> None:
        """Keeps what was found."""
        ...


class CodeChecker:
    """Type-checks code without running it, one piece after another; what was checked once is remembered."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._pool = Monty(min_processes=0, max_processes=1, request_timeout=CHECK_SECONDS)
        self._memory = memory
        self._turn = asyncio.Lock()
        self._remembered: OrderedDict[bytes, tuple[Finding, ...]] = OrderedDict()

    async def __aenter__(self) -> Self:
        self._pool.__enter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._pool.__exit__, kind, error, trace)

    async def check_task(self, config: CodeConfiguration) -> tuple[Finding, ...]:
        """What is wrong with the code of a task, by the declared types of its inputs and outputs."""
        return await self.check_code(
            config.code,
            {each.name: input_annotation(each) for each in config.inputs},
            {each.name: output_annotation(each) for each in config.outputs},
            optional=frozenset(each.name for each in config.outputs if not each.required),
        )

    async def check_code(
        self,
        code: str,
        inputs: Mapping[str, str],
        outputs: Mapping[str, str],
        *,
        optional: frozenset[str] = frozenset(),
    ) -> tuple[Finding, ...]:
        """What is wrong with the code, given the Python annotation of each input and output; empty when nothing is."""
        findings = check_names(inputs, outputs)
        if len(code) > CODE_CHARACTERS_MAX:
            findings += (Finding(None, f"Expected at most {CODE_CHARACTERS_MAX} characters, but got {len(code)}."),)
        if findings:
            return findings
        stubs = STUBS + "".join(f"{name}: {annotation}\n" for name, annotation in inputs.items())
        stubs += "".join(
            f"def {OUTPUT}{name}(value: {annotation}) -> None: ...\n" for name, annotation in outputs.items()
        )
        key = _key(code, stubs, sorted(optional))
        if (known := self._recalled(key)) is not None:
            return known
        async with self._turn:  # A check is a thread's work; those that wait hold none.
            if (known := self._recalled(key)) is not None:
                return known
            found = None if self._memory is None else await self._memory.read(key)
            if found is None:
                found = await asyncio.to_thread(self._check, code, stubs, tuple(outputs), optional)
                if self._memory is not None:
                    await self._memory.keep(key, found)
            self._remembered[key] = found
        if len(self._remembered) > REMEMBERED_MAX:
            self._remembered.popitem(last=False)
        return found

    def _recalled(self, key: bytes) -> tuple[Finding, ...] | None:
        known = self._remembered.get(key)
        if known is not None:
            self._remembered.move_to_end(key)
        return known

    def _check(self, code: str, stubs: str, outputs: tuple[str, ...], optional: frozenset[str]) -> tuple[Finding, ...]:
        body = code if code.endswith("\n") else code + "\n"
        last = body.count("\n")
        after = "".join(f"{OUTPUT}{name}({name})\n" for name in outputs)
        try:
            with self._pool.checkout(
                limits=CHECK_LIMITS, type_check=True, type_check_stubs=stubs, type_check_format="json"
            ) as session:
                session.feed_run(BEFORE + body + after, print_callback=CollectString(0))
        except MontyTypingError as error:
            found = [_finding(entry, last, outputs, optional) for entry in json.loads(error.display())]
            return tuple(dict.fromkeys(finding for finding in found if finding))[:FINDINGS_MAX]
        except MontyCrashedError:
            return (Finding(None, "Expected code that can be checked, but the checker could not bear it."),)
        except MontyError as error:
            return _without_types(error)
        return ()


def _key(*said: object) -> bytes:
    return sha256(json.dumps((CHECKER_VERSION, *said)).encode("utf-8", "surrogatepass")).digest()


def check_names(inputs: Mapping[str, str], outputs: Mapping[str, str]) -> tuple[Finding, ...]:
    """Names that Python keeps for itself cannot be bound."""
    names = dict.fromkeys((*inputs, *outputs))
    return tuple(
        Finding(None, f"Expected a name that Python leaves free, but {name} is a keyword.")
        for name in names
        if iskeyword(name)
    )


def _finding(entry: dict[str, object], last: int, outputs: tuple[str, ...], optional: frozenset[str]) -> Finding | None:
    location = entry["location"]
    row = int(location["row"]) if isinstance(location, dict) else 1
    line = row - 1
    message = str(entry["message"])
    if line <= last:
        return Finding(line, message)
    output = outputs[min(line - last - 1, len(outputs) - 1)]
    if entry["name"] == "unresolved-reference":
        return None if output in optional else Finding(None, f"Expected the code to assign {output}, but it does not.")
    types = re.search(r"Expected `(.*)`, found `(.*)`", message)
    if types:
        return Finding(None, f"Expected {output} to be {types[1]}, but it is {types[2].rstrip('*')}.")
    return Finding(None, f"{output}: {message}")


def _without_types(error: MontyError) -> tuple[Finding, ...]:
    if isinstance(error.exception(), NameError) and STOP in str(error):
        return ()  # The run ended where it was meant to.
    failed = failure(error, USUAL_LIMITS)
    if failed.line is None:
        return (Finding(None, failed.message),)
    return (Finding(failed.line - 1, failed.message.replace(f"line {failed.line}", f"line {failed.line - 1}")),)
