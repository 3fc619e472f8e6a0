"""A store whose client takes credentials once, when it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, SupportsFloat, TypeVar

from key_value.aio.protocols.key_value import AsyncKeyValue

from ..refreshing import Refreshing
from .credentials import Credentials
from .opened import without_warnings

T = TypeVar("T")

#: Opens the store with credentials, and tells how it is closed.
Open = Callable[[Credentials | None], tuple[AsyncKeyValue, Callable[[], Awaitable[Any]]]]


class ReopenedStore(AsyncKeyValue):
    """Opened at the first use, and once more where the server refuses credentials that somebody has rotated meanwhile."""

    def __init__(
        self,
        open_with: Open,
        secret: Refreshing[Credentials] | None,
        is_refusal: Callable[[BaseException], bool],
    ) -> None:
        """
        Args:
            open_with: Makes the store and its client. Connects to nothing.
            secret: Where credentials come from; read in a thread. None: the server asks for none.
            is_refusal: Whether an error, or one that it stands for, says that the credentials are not good.
        """
        self._open_with = open_with
        self._secret = secret
        self._is_refusal = is_refusal
        self._lock = asyncio.Lock()
        self._opened: tuple[AsyncKeyValue, Callable[[], Awaitable[Any]]] | None = None

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        return await self._use(lambda store: store.get(key, collection=collection))

    async def get_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[dict[str, Any] | None]:
        return await self._use(lambda store: store.get_many(keys, collection=collection))

    async def ttl(self, key: str, *, collection: str | None = None) -> tuple[dict[str, Any] | None, float | None]:
        return await self._use(lambda store: store.ttl(key, collection=collection))

    async def ttl_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[tuple[dict[str, Any] | None, float | None]]:
        return await self._use(lambda store: store.ttl_many(keys, collection=collection))

    async def put(
        self, key: str, value: Mapping[str, Any], *, collection: str | None = None, ttl: SupportsFloat | None = None
    ) -> None:
        await self._use(lambda store: store.put(key, value, collection=collection, ttl=ttl))

    async def put_many(
        self,
        keys: Sequence[str],
        values: Sequence[Mapping[str, Any]],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        await self._use(lambda store: store.put_many(keys, values, collection=collection, ttl=ttl))

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        return await self._use(lambda store: store.delete(key, collection=collection))

    async def delete_many(self, keys: Sequence[str], *, collection: str | None = None) -> int:
        return await self._use(lambda store: store.delete_many(keys, collection=collection))

    async def close(self) -> None:
        """Ends the connections."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened[1]()

    async def _use(self, call: Callable[[AsyncKeyValue], Awaitable[T]]) -> T:
        used = await self._store(None)
        try:
            return await call(used)
        except Exception as error:
            if self._secret is None or not any(self._is_refusal(each) for each in _chain(error)):
                raise
        return await call(await self._store(used))

    async def _store(self, refused: AsyncKeyValue | None) -> AsyncKeyValue:
        """The store; another one than that which was refused."""
        async with self._lock:
            opened = self._opened
            if opened is not None and opened[0] is not refused:
                return opened[0]
            credentials = None
            if self._secret is not None:
                credentials = await asyncio.to_thread(self._secret.get if refused is None else self._secret.renew)
            with without_warnings():
                self._opened = made = self._open_with(credentials)
        if opened is not None:
            await opened[1]()
        return made[0]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An error and what it was made of: py-key-value wraps what goes wrong in its set-up."""
    each: BaseException | None = error
    while each is not None:
        yield each
        each = each.__cause__ or each.__context__
