"""The response cache: FastMCP's middleware, on the store of the deployment, with settings that are safe."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar, cast

from fastmcp.server.middleware.caching import CallToolSettings, ResponseCachingMiddleware
from fastmcp.server.middleware.middleware import CallNext, MiddlewareContext
from fastmcp.tools.base import ToolResult
from key_value.aio.protocols.key_value import AsyncKeyValue
from key_value.aio.wrappers.prefix_collections import PrefixCollectionsWrapper

from .deployed_store import opened_store
from .each_call import Call, EachCall
from .wiring import read_server_name

if TYPE_CHECKING:
    from mcp_types import CallToolRequestParams  # of SDK 2; FastMCP 3 has SDK 1, where it is in mcp.types

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
    # By the protocol's own name, since FastMCP 3 and 4 have attributes of different names.
    return annotations is not None and annotations.model_dump(by_alias=True).get("readOnlyHint") is True


class OpenStore(EachCall):
    """Fails open: a fault is a miss, a write that fails is nothing. After three faults in a row nobody waits for ten seconds."""

    def __init__(self, key_value: AsyncKeyValue, name: str, patience: float) -> None:
        self._store = key_value
        self._name = name
        self._patience = patience
        self._faults = 0
        self._closed_until = 0.0

    async def _each(self, verb: str, call: Call[T], nothing: T) -> T:
        now = asyncio.get_running_loop().time()
        if now < self._closed_until:
            return nothing
        try:
            answer = await asyncio.wait_for(call(self._store), self._patience)
        except Exception as error:
            self._faults += 1
            if self._faults >= 3:
                self._closed_until = now + 10
            _log.warning("cache fault: %s: %s", self._name, type(error).__name__)
            return nothing
        self._faults = 0
        return answer
