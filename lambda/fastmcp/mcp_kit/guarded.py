"""A store with bounded time and discreet errors, for state: it fails closed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, SupportsFloat, TypeVar

from key_value.aio.protocols.key_value import AsyncKeyValue
from key_value.aio.wrappers.base import BaseWrapper

from .store_faults import note_fault
from .stores.errors import StoreFault

T = TypeVar("T")
_log = logging.getLogger("mcp_kit.store")

#: Seconds for one call, attempts included, as in the TypeScript half.
PATIENCE = 8.0


class GuardedStore(BaseWrapper):
    """Turns whatever goes wrong below into a ``StoreFault`` without a key, a value or an address of a client's library in it."""

    def __init__(self, key_value: AsyncKeyValue, name: str, patience: float = PATIENCE) -> None:
        self.key_value = key_value
        self._name = name
        self._patience = patience

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        return await self._call("get", self.key_value.get(key, collection=collection))

    async def get_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[dict[str, Any] | None]:
        return await self._call("get_many", self.key_value.get_many(keys, collection=collection))

    async def ttl(self, key: str, *, collection: str | None = None) -> tuple[dict[str, Any] | None, float | None]:
        return await self._call("ttl", self.key_value.ttl(key, collection=collection))

    async def ttl_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[tuple[dict[str, Any] | None, float | None]]:
        return await self._call("ttl_many", self.key_value.ttl_many(keys, collection=collection))

    async def put(
        self, key: str, value: Mapping[str, Any], *, collection: str | None = None, ttl: SupportsFloat | None = None
    ) -> None:
        await self._call("put", self.key_value.put(key, value, collection=collection, ttl=ttl))

    async def put_many(
        self,
        keys: Sequence[str],
        values: Sequence[Mapping[str, Any]],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        await self._call("put_many", self.key_value.put_many(keys, values, collection=collection, ttl=ttl))

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        return await self._call("delete", self.key_value.delete(key, collection=collection))

    async def delete_many(self, keys: Sequence[str], *, collection: str | None = None) -> int:
        return await self._call("delete_many", self.key_value.delete_many(keys, collection=collection))

    async def _call(self, verb: str, call: Awaitable[T]) -> T:
        try:
            return await asyncio.wait_for(call, self._patience)
        except Exception as error:
            note_fault()
            told = str(error) if isinstance(error, StoreFault) else f"{self._name}: {verb}: {type(error).__name__}"
            _log.error("store fault: %s", told)
            raise StoreFault(told) from None
