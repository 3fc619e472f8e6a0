"""The response cache: FastMCP's middleware, on the store of the deployment, with settings that are safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, SupportsFloat, TypeVar, cast

from fastmcp.server.middleware.caching import CallToolSettings, ResponseCachingMiddleware
from fastmcp.server.middleware.middleware import CallNext, MiddlewareContext
from fastmcp.tools.base import ToolResult
from key_value.aio.protocols.key_value import AsyncKeyValue
from key_value.aio.wrappers.base import BaseWrapper
from key_value.aio.wrappers.prefix_collections import PrefixCollectionsWrapper
from mcp_types import CallToolRequestParams

from .deployed_store import opened_store
from .wiring import read_server_name

T = TypeVar("T")
_log = logging.getLogger("mcp_kit.cache")

#: Largest response that is kept, in bytes, where the backend has no smaller limit.
LARGEST_RESPONSE = 1024 * 1024


def response_cache(
    *, tool_ttl: int = 300, patience: float | None = None, uncached_tools: Sequence[str] = ()
) -> ReadOnlyCache:
    """A middleware for ``FastMCP(middleware=[response_cache()])``.

    Lists, resources and prompts are kept as FastMCP keeps them (5 minutes, 1 hour); of tools only those that say that they
    are read-only. Entries are apart for each access token. A store that fails, or takes longer than ``patience``, is a miss.

    Args:
        tool_ttl: Seconds that the result of a tool is kept. Default: 300.
        uncached_tools: Names of read-only tools whose answers change with what other tools do: never kept.
        patience: Seconds to wait for the store. Default: 0.1 for Redis, Valkey and Memcached, 0.25 for the others.

    Raises:
        WiringError: ``MCP_STORE_URL`` or ``MCP_SERVER_NAME`` is missing or cannot be used.
    """
    opened = opened_store()
    largest = min(LARGEST_RESPONSE, opened.largest_value or LARGEST_RESPONSE)
    store = OpenStore(opened.store, opened.scheme, opened.cache_patience if patience is None else patience)
    return ReadOnlyCache(
        cache_storage=PrefixCollectionsWrapper(store, prefix=read_server_name()),
        call_tool_settings=cast(CallToolSettings, {"ttl": tool_ttl, "excluded_tools": list(uncached_tools)}),
        max_item_size=largest,
    )


class ReadOnlyCache(ResponseCachingMiddleware):
    """Of tools, caches only those with ``readOnlyHint``: a hit must not swallow what a tool does."""

    async def on_call_tool(
        self,
        context: MiddlewareContext[CallToolRequestParams],
        call_next: CallNext[CallToolRequestParams, ToolResult],
    ) -> ToolResult:
        """A read-only tool from the cache; any other one as if there were none."""
        if not await _is_read_only(context):
            return await call_next(context)
        return await super().on_call_tool(context, call_next)


async def _is_read_only(context: MiddlewareContext[CallToolRequestParams]) -> bool:
    if context.fastmcp_context is None:
        return False
    try:
        tool = await context.fastmcp_context.fastmcp.get_tool(context.message.name)
    except Exception:  # FastMCP says by itself what is wrong with the name
        return False
    annotations = tool.annotations if tool is not None else None
    return annotations is not None and annotations.read_only_hint is True


class OpenStore(BaseWrapper):
    """Fails open: a fault is a miss, a write that fails is nothing. After three faults in a row nobody waits for ten seconds."""

    def __init__(self, key_value: AsyncKeyValue, name: str, patience: float) -> None:
        self.key_value = key_value
        self._name = name
        self._patience = patience
        self._faults = 0
        self._closed_until = 0.0

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        return await self._try(self.key_value.get(key, collection=collection), None)

    async def get_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[dict[str, Any] | None]:
        return await self._try(self.key_value.get_many(keys, collection=collection), [None] * len(keys))

    async def ttl(self, key: str, *, collection: str | None = None) -> tuple[dict[str, Any] | None, float | None]:
        return await self._try(self.key_value.ttl(key, collection=collection), (None, None))

    async def ttl_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[tuple[dict[str, Any] | None, float | None]]:
        return await self._try(self.key_value.ttl_many(keys, collection=collection), [(None, None)] * len(keys))

    async def put(
        self, key: str, value: Mapping[str, Any], *, collection: str | None = None, ttl: SupportsFloat | None = None
    ) -> None:
        await self._try(self.key_value.put(key, value, collection=collection, ttl=ttl), None)

    async def put_many(
        self,
        keys: Sequence[str],
        values: Sequence[Mapping[str, Any]],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        await self._try(self.key_value.put_many(keys, values, collection=collection, ttl=ttl), None)

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        return await self._try(self.key_value.delete(key, collection=collection), False)

    async def delete_many(self, keys: Sequence[str], *, collection: str | None = None) -> int:
        return await self._try(self.key_value.delete_many(keys, collection=collection), 0)

    async def _try(self, call: Awaitable[T], otherwise: T) -> T:
        now = asyncio.get_running_loop().time()
        if now < self._closed_until:
            if asyncio.iscoroutine(call):
                call.close()
            return otherwise
        try:
            answer = await asyncio.wait_for(call, self._patience)
        except Exception as error:
            self._faults += 1
            if self._faults >= 3:
                self._closed_until = now + 10
            _log.warning("cache fault: %s: %s", self._name, type(error).__name__)
            return otherwise
        self._faults = 0
        return answer
