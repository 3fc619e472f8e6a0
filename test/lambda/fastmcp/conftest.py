"""Every test has a process of its own as far as the kit can see: nothing that an earlier one opened."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from mcp_kit import deployed_store, keys

    for name in ("MCP_STORE_URL", "MCP_KEYS_SECRET", "MCP_BASE_URL", "MCP_AUTH", "AWS_LAMBDA_FUNCTION_NAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MCP_SERVER_NAME", "notes")
    deployed_store._opened.clear()
    keys._rings.clear()
    yield
