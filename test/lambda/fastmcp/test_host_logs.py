"""What a line holds, and what it does not."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from mcp_kit.serve.logs import JsonLines, configure_logging, log_level


def line(name: str, level: int, message: str, *args: object, error: BaseException | None = None, **extra: object) -> Any:
    record = logging.makeLogRecord(
        {
            "name": name,
            "levelno": level,
            "levelname": logging.getLevelName(level),
            "msg": message,
            "args": args,
            "exc_info": (type(error), error, error.__traceback__) if error else None,
            **extra,
        }
    )
    text = JsonLines("notes").format(record)
    assert "\n" not in text
    return json.loads(text)


def test_an_error_is_told_by_kind_and_place() -> None:
    try:
        raise ValueError("token eyJ.secret\nsecond line")
    except ValueError as error:
        told = line("author", logging.ERROR, "it failed", error=error)
    assert told["kind"] == "ValueError"
    assert "test_host_logs.py" in told["at"]
    assert "secret" not in json.dumps(told)


def test_of_libraries_only_the_fixed_part_is_kept() -> None:
    told = line("fastmcp.server.auth", logging.WARNING, "rejected for %s: audience (got %r, %.2f)", "client-7", "https://x", 1.0)
    assert told["message"] == "rejected for …: audience (got …, …)"
    put_together = line("mcp.server", logging.ERROR, "Cannot read: the value hunter2")
    assert put_together["message"] == "Cannot read"
    assert line("author", logging.WARNING, "for %s: %s", "a", "b")["message"] == "for a: b"


def test_extras_are_plain_values_without_credentials() -> None:
    told = line("author", logging.INFO, "x" * 400, count=3, api_key="hunter2", Session="s", long="y" * 400, document={"a": 1})
    assert told["count"] == 3
    assert told["api_key"] == told["Session"] == "[hidden]"
    assert "document" not in told
    assert len(told["long"]) == len(told["message"]) == 301
    assert told["level"] == "INFO"


def test_levels() -> None:
    assert log_level({}) == logging.INFO
    assert log_level({"LOG_LEVEL": "warn"}) == logging.WARNING
    assert log_level({"POWERTOOLS_LOG_LEVEL": "DEBUG", "LOG_LEVEL": "error"}) == logging.DEBUG
    assert log_level({"AWS_LAMBDA_LOG_LEVEL": "TRACE"}) == logging.DEBUG
    assert log_level({"LOG_LEVEL": "nonsense"}) == logging.INFO


def test_libraries_are_heard_from_warning_on(capsys: pytest.CaptureFixture[str]) -> None:
    root = logging.getLogger()
    before = root.handlers[:]
    try:
        configure_logging("notes", logging.INFO)
        logging.getLogger("httpx").info("HTTP Request: GET https://idp.example.com?token=hunter2")
        logging.getLogger("author").info("hello")
        lines = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
        assert [told["message"] for told in lines] == ["hello"]
    finally:
        root.handlers[:] = before
        for name in ("fastmcp", "mcp", "httpx", "asyncio"):
            logging.getLogger(name).setLevel(logging.NOTSET)
        logging.captureWarnings(False)
