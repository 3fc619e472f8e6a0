"""What prevents a start."""

from __future__ import annotations

from typing import Any


class StartError(Exception):
    """A cause with its remedy, in one line. Told on standard error; the process ends with 1."""


def told(error: BaseException) -> str:
    """An error of the author's or of FastMCP on one line: before the first request there is no caller whose data it could
    hold. pydantic quotes what it was given, which may be a secret of the author's: of its errors, where and what only."""
    errors = getattr(error, "errors", None)
    if type(error).__module__.startswith("pydantic") and callable(errors):
        found: list[dict[str, Any]] = errors(include_url=False, include_context=False, include_input=False)
        text = "; ".join(f"{'.'.join(map(str, fault['loc'])) or 'value'}: {fault['msg']}" for fault in found)
    else:
        text = str(error)
    text = " ".join(text.split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
