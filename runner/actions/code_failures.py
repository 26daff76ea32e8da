"""What went wrong with user code, in the words of the person who wrote it."""

from pydantic_monty import MontyCrashedError, MontyError, MontyRuntimeError, MontySyntaxError

from runner.actions.code_limits import CodeFailed, CodeLimits

USER_CODE = "<python-input-0>"  # How the sandbox calls the first code a session is given.
UNSUPPORTED = "The monty syntax parser does not yet support "


def failure(error: MontyError, limits: CodeLimits) -> CodeFailed:
    """What went wrong, in the words of the person who wrote the code."""
    message = str(error)
    if isinstance(error, MontyCrashedError):
        if error.timed_out:
            return CodeFailed("CODE_TIMEOUT", _too_slow(limits))
        return CodeFailed("CODE_CRASHED", f"Expected the code to end, but its process died: {message}")
    line, source = _place(error)
    if isinstance(error, MontySyntaxError):
        where = "" if line is None else f"line {line} is none: "
        return CodeFailed("CODE_SYNTAX", f"Expected Python, but {where}{message}", line=line, source=source)
    inner = error.exception()
    if isinstance(inner, NotImplementedError) and UNSUPPORTED in message:
        feature = message.split(UNSUPPORTED, 1)[1]
        message = f"Expected Python within the supported subset, but line {line} uses {feature}."
        return CodeFailed("CODE_SYNTAX", message, line=line, source=source)
    if isinstance(inner, TimeoutError) and line is None and "time limit exceeded" in message:
        return CodeFailed("CODE_TIMEOUT", _too_slow(limits))
    if isinstance(inner, MemoryError):
        if f"> {limits.print_bytes} bytes" in message:
            expected = f"Expected the code to print at most {limits.print_bytes} bytes, but it printed more."
            return CodeFailed("CODE_OUTPUT_TOO_LARGE", expected)
        expected = f"Expected the code to need at most {limits.memory_bytes} bytes of memory, but it needs more."
        return CodeFailed("CODE_MEMORY", expected, line=line, source=source)
    where = "" if line is None else f" (line {line}: {(source or '').strip()})"
    return CodeFailed("CODE_ERROR", message + where, line=line, source=source)


def _too_slow(limits: CodeLimits) -> str:
    return f"Expected the code to end within {limits.seconds:g} s, but it took longer."


def _place(error: MontyError) -> tuple[int | None, str | None]:
    frames = error.traceback() if isinstance(error, MontyRuntimeError | MontySyntaxError) else []
    for frame in reversed(frames):
        if frame.filename in (USER_CODE, "main.py"):
            return frame.line, frame.source_line
    return None, None
