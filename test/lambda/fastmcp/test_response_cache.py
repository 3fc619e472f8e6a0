from __future__ import annotations

import asyncio
import os
import socket
from typing import Any

import pytest
from fastmcp import Client, FastMCP
from mcp_kit import event_store, response_cache
from mcp_kit.cache import OpenStore, ReadOnlyCache
from mcp_kit.deployed_store import opened_store


def server(cache: ReadOnlyCache) -> tuple[FastMCP, list[str]]:
    calls: list[str] = []
    mcp = FastMCP("notes", middleware=[cache])

    @mcp.tool(annotations={"readOnlyHint": True})
    def read(size: int = 1) -> str:
        calls.append("read")
        return "x" * size

    @mcp.tool
    def write() -> str:
        calls.append("write")
        return "done"

    @mcp.tool(annotations={"readOnlyHint": True})
    def fails() -> str:
        calls.append("fails")
        raise ValueError("no")

    @mcp.resource("notes://all")
    def everything() -> str:
        calls.append("resource")
        return "all"

    return mcp, calls


async def test_only_what_is_read_only_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_STORE_URL", "memory:")
    mcp, calls = server(response_cache())
    async with Client(mcp) as client:
        for _ in range(2):
            await client.call_tool("read", {})
            await client.call_tool("read", {"size": 2})
            await client.call_tool("write", {})
            await client.call_tool("fails", {}, raise_on_error=False)
            await client.read_resource("notes://all")
    assert [calls.count(name) for name in ("read", "write", "fails", "resource")] == [2, 2, 2, 1]


async def test_entries_are_in_the_namespace(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("MCP_STORE_URL", f"file://{tmp_path}/store")
    mcp, _ = server(response_cache())
    async with Client(mcp) as client:
        await client.call_tool("read", {})
    folders = sorted(name for name in os.listdir(f"{tmp_path}/store") if not name.endswith(".json"))
    assert folders and all(name.startswith(("notes__", "S_notes__")) for name in folders)


async def test_what_the_backend_cannot_hold_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_STORE_URL", "dynamodb://table?region=us-east-1&endpoint=http://127.0.0.1:1")
    asked: list[object] = []
    make = ReadOnlyCache.__init__

    def watched(self: ReadOnlyCache, **settings: Any) -> None:
        asked.append(settings["max_item_size"])
        make(self, **settings)

    monkeypatch.setattr(ReadOnlyCache, "__init__", watched)
    response_cache()
    assert asked == [405_000]
    monkeypatch.setenv("MCP_STORE_URL", "memory:")
    mcp, calls = server(response_cache())
    async with Client(mcp) as client:
        for _ in range(2):
            await client.call_tool("read", {"size": 600_000})  # twice in the result: as text, and structured
    assert calls == ["read", "read"]


@pytest.mark.parametrize("silent", [False, True], ids=["absent", "hung"])
async def test_a_fault_is_a_miss(silent: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hung:
        port = hung.getsockname()[1] if silent else 1
        monkeypatch.setenv("MCP_STORE_URL", f"redis://127.0.0.1:{port}")
        cache = response_cache(patience=0.05)
        mcp, calls = server(cache)
        async with Client(mcp) as client:
            for _ in range(3):
                assert (await client.call_tool("read", {})).data == "x"
    assert calls == ["read"] * 3


async def test_after_three_faults_nobody_waits_for_a_while() -> None:
    class Broken(OpenStore):
        pass

    asked = 0

    class Store:
        async def get(self, key: str, *, collection: str | None = None) -> dict[str, object] | None:
            nonlocal asked
            asked += 1
            raise OSError("gone")

    store = Broken(Store(), "test", 1)  # type: ignore[arg-type]
    assert [await store.get("a") for _ in range(5)] == [None] * 5
    assert asked == 3
    store._closed_until = 0
    await store.get("a")
    assert asked == 4


async def test_the_event_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MCP_STORE_URL", "memory:")
    events = event_store()
    assert events is not None
    stored = await events.store_event("stream", None)
    assert stored
    await asyncio.sleep(0)
    assert await opened_store().store.get(stored, collection="notes__fastmcp_events") is not None
    assert event_store({"AWS_LAMBDA_FUNCTION_NAME": "notes"}) is None
