"""Log lines in JSON, one per event, on standard output; the same rules as in the TypeScript half.

A line tells of an error its kind and where it was thrown, never its message: that quotes what a client sent or what a store
holds. Lines of FastMCP, the MCP SDK, uvicorn and HTTP clients are written for a person at a terminal, with values in them: of
these only the fixed part is kept.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import traceback
import warnings
from collections.abc import Mapping
from datetime import datetime, timezone

#: Libraries whose lines hold tokens, arguments or addresses of users. What an author logs is the author's.
_LIBRARIES = (
    *("fastmcp", "mcp", "uvicorn", "starlette", "sse_starlette", "httpx", "httpx2", "httpcore", "httpcore2", "asyncio"),
    *("key_value", "botocore", "boto3", "aiobotocore", "aioboto3", "urllib3", "redis", "glide", "pymongo", "opensearch"),
)
#: Names whose value is a credential more often than not.
_CREDENTIAL = re.compile(r"auth|token|secret|password|passwd|cookie|credential|api-?_?key|signature|session", re.IGNORECASE)
#: Long enough for an ARN or a stack frame, too short for a document.
_MAX_TEXT = 300
_LEVELS = {"WARNING": "WARN", "CRITICAL": "ERROR"}
#: A place in a template where a value goes.
_FILLED_IN = re.compile(r"%(?:\(\w+\))?[#0 +-]*\d*(?:\.\d+)?[a-zA-Z]")
_STANDARD = set(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName", "color_message"}


class JsonLines(logging.Formatter):
    """One JSON object per record: ``level, message, timestamp, service, logger``, of an error ``kind`` and ``at``, and the
    plain values of ``extra``; what is named like a credential is hidden, what is long is cut."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        line: dict[str, object] = {
            "level": _LEVELS.get(record.levelname, record.levelname),
            "message": _message(record),
            "timestamp": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "service": self._service,
            "logger": record.name,
        }
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            line.update(error_fields(error))
        if not _is_library(record.name):
            line.update(_extra(record))
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"), default=str)


def error_fields(error: BaseException) -> dict[str, str]:
    """What is told of an error: its kind and where it was thrown."""
    # Of a group (Python 3.11 and above), the first one.
    while isinstance(inner := getattr(error, "exceptions", None), tuple) and inner and isinstance(inner[0], BaseException):
        error = inner[0]
    fields = {"kind": type(error).__name__}
    frames = traceback.extract_tb(error.__traceback__)
    if frames:
        fields["at"] = f"{frames[-1].filename}:{frames[-1].lineno} {frames[-1].name}"
    return fields


def log_level(env: Mapping[str, str]) -> int:
    """The level of ``POWERTOOLS_LOG_LEVEL``, ``LOG_LEVEL`` or ``AWS_LAMBDA_LOG_LEVEL``, the names that the TypeScript half and
    Lambda have for it. Default: INFO."""
    for name in ("POWERTOOLS_LOG_LEVEL", "LOG_LEVEL", "AWS_LAMBDA_LOG_LEVEL"):
        text = env.get(name, "").upper()
        if text:
            known = {"TRACE": "DEBUG", "WARN": "WARNING", "FATAL": "CRITICAL"}.get(text, text)
            level = logging.getLevelName(known)
            return level if isinstance(level, int) else logging.INFO
    return logging.INFO


def configure_logging(service: str, level: int) -> None:
    """Sends every line of the process to standard output as JSON. Libraries are heard from WARNING on, but for DEBUG."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(service))
    root = logging.getLogger()
    for old in root.handlers[:]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(level if level <= logging.DEBUG else max(level, logging.WARNING))
    # A call that failed is the client's to hear; the line that its cancellation leaves in uvicorn tells nobody anything.
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").setLevel(level if level <= logging.DEBUG else logging.ERROR)
    if not sys.warnoptions and os.environ.get("PYTHONWARNINGS") is None:
        warnings.simplefilter("ignore", ResourceWarning)


def _message(record: logging.LogRecord) -> str:
    if not _is_library(record.name):
        return _cut(record.getMessage())
    # The template, without what is filled in; and of a text that was put together before, what stands before the first value.
    text = str(record.msg).split("\n", 1)[0]
    return _cut(_FILLED_IN.sub("…", text) if record.args else text.split(": ", 1)[0])


def _is_library(name: str) -> bool:
    return name.split(".", 1)[0] in _LIBRARIES


def _extra(record: logging.LogRecord) -> dict[str, object]:
    kept: dict[str, object] = {}
    for name, value in vars(record).items():
        if name in _STANDARD:
            continue
        if _CREDENTIAL.search(name):
            kept[name] = "[hidden]"
        elif isinstance(value, str):
            kept[name] = _cut(value)
        elif isinstance(value, (bool, int, float)):
            kept[name] = value
    return kept


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"
