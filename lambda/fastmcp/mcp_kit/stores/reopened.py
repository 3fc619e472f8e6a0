"""A store whose client takes credentials once, when it is made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

from ..each_call import Call, EachCall
from ..refreshing import Refreshing
from .credentials import Credentials
from .entry_store import EntryStore

T = TypeVar("T")


class ReopenedStore(EachCall):
    """Opened at the first use, and once more where the server refuses credentials that somebody has rotated meanwhile."""

    def __init__(
        self,
        open_with: Callable[[Credentials | None], EntryStore],
        secret: Refreshing[Credentials] | None,
        is_refusal: Callable[[BaseException], bool],
    ) -> None:
        """
        Args:
            open_with: Makes the store and its client. Connects to nothing.
            secret: Where credentials come from; read in a thread. None: the server asks for none.
            is_refusal: Whether an error says that the credentials are not good.
        """
        self._open_with = open_with
        self._secret = secret
        self._is_refusal = is_refusal
        self._lock = asyncio.Lock()
        self._opened: EntryStore | None = None

    async def close(self) -> None:
        """Ends the connections."""
        opened, self._opened = self._opened, None
        if opened is not None:
            await opened.close()

    async def _each(self, verb: str, call: Call[T], nothing: T) -> T:
        used = await self._store(None)
        try:
            return await call(used)
        except Exception as error:
            if self._secret is None or not self._is_refusal(error):
                raise
        return await call(await self._store(used))

    async def _store(self, refused: EntryStore | None) -> EntryStore:
        """The store; another one than that which was refused."""
        async with self._lock:
            opened = self._opened
            if opened is not None and opened is not refused:
                return opened
            credentials = None
            if self._secret is not None:
                credentials = await asyncio.to_thread(self._secret.get if refused is None else self._secret.renew)
            self._opened = made = self._open_with(credentials)
        if opened is not None:
            await opened.close()
        return made
