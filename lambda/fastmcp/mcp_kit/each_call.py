"""The verbs of a store, all led through one place."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, SupportsFloat, TypeVar

from key_value.aio.protocols.key_value import AsyncKeyValue

T = TypeVar("T")

#: A verb with its arguments, to be made on a store.
Call = Callable[[AsyncKeyValue], Awaitable[T]]


class EachCall(AsyncKeyValue, ABC):
    """A store that says once what is to happen with every call."""

    @abstractmethod
    async def _each(self, verb: str, call: Call[T], nothing: T) -> T:
        """Makes a call.

        Args:
            verb: Its name, such as ``get_many``.
            call: Makes it on a store; nothing has happened before.
            nothing: What the verb answers where nothing is stored.
        """

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        return await self._each("get", lambda store: store.get(key, collection=collection), None)

    async def get_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[dict[str, Any] | None]:
        return await self._each("get_many", lambda store: store.get_many(keys, collection=collection), [None] * len(keys))

    async def ttl(self, key: str, *, collection: str | None = None) -> tuple[dict[str, Any] | None, float | None]:
        return await self._each("ttl", lambda store: store.ttl(key, collection=collection), (None, None))

    async def ttl_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[tuple[dict[str, Any] | None, float | None]]:
        nothing: list[tuple[dict[str, Any] | None, float | None]] = [(None, None)] * len(keys)
        return await self._each("ttl_many", lambda store: store.ttl_many(keys, collection=collection), nothing)

    async def put(
        self, key: str, value: Mapping[str, Any], *, collection: str | None = None, ttl: SupportsFloat | None = None
    ) -> None:
        await self._each("put", lambda store: store.put(key, value, collection=collection, ttl=ttl), None)

    async def put_many(
        self,
        keys: Sequence[str],
        values: Sequence[Mapping[str, Any]],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        await self._each("put_many", lambda store: store.put_many(keys, values, collection=collection, ttl=ttl), None)

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        return await self._each("delete", lambda store: store.delete(key, collection=collection), False)

    async def delete_many(self, keys: Sequence[str], *, collection: str | None = None) -> int:
        return await self._each("delete_many", lambda store: store.delete_many(keys, collection=collection), 0)
