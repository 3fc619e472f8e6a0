"""A store whose client takes credentials once, when it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from key_value.aio.protocols.key_value import AsyncKeyValue

from ..each_call import Call, EachCall
from ..refreshing import Refreshing
from .credentials import Credentials
from .opened import without_warnings

T = TypeVar("T")

#: Opens the store with credentials, and tells how it is closed.
Open = Callable[[Credentials | None], tuple[AsyncKeyValue, Callable[[], Awaitable[Any]]]]


class ReopenedStore(EachCall):
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

    async def close(self) -> None:
        """Ends the connections."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened[1]()

    async def _each(self, verb: str, call: Call[T], nothing: T) -> T:
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
