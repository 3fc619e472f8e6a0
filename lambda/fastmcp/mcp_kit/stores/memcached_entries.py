"""Entries in memcached: the items of py-key-value, for as long as they are to live."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar

from aiomcache import Client

from .entry_store import EntryStore
from .errors import StoreFault
from .managed_entry import ManagedEntry, NewEntry, dump_entry, load_entry

T = TypeVar("T")

#: Attempts of one call.
_ATTEMPTS = 4
#: Thirty days in seconds: memcached reads longer times as a date, which would long be over.
_LONGEST_SPAN = 30 * 86_400
#: Longest name of an item, in bytes.
_MAX_NAME = 250
_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


class MemcachedEntries(EntryStore):
    """One item for each entry, named ``collection::key``."""

    def __init__(self, client: Client, name: str) -> None:
        self._client = client
        super().__init__(name)

    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        text = await _again(lambda: self._client.get(item_name(collection, key)))
        return None if text is None else load_entry(text)

    async def read_many(self, collection: str, keys: Sequence[str]) -> Mapping[str, ManagedEntry | None]:
        names = [item_name(collection, key) for key in keys]
        texts = await _again(lambda: self._client.multi_get(*names))
        return {key: None if text is None else load_entry(text) for key, text in zip(keys, texts)}

    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        name, text = item_name(collection, key), dump_entry(entry, collection, key).encode()
        left = entry.seconds_left()
        seconds = 0 if left is None else max(math.ceil(left), 1)
        ends = seconds if seconds <= _LONGEST_SPAN else math.ceil(time.time()) + seconds
        if not await _again(lambda: self._client.set(name, text, exptime=ends)):
            raise StoreFault(f"{self.name}: set: not stored")

    async def remove(self, collection: str, key: str) -> bool:
        return await _again(lambda: self._client.delete(item_name(collection, key)))

    async def close(self) -> None:
        await self._client.close()


def item_name(collection: str, key: str) -> bytes:
    """What the protocol cannot hold is hashed, as in the TypeScript half. A hash is no other entry's key: those have ``::``."""
    name = f"{collection}::{key}"
    if len(name.encode()) <= _MAX_NAME and not _FORBIDDEN.search(name):
        return name.encode()
    return b"H_" + hashlib.sha256(name.encode()).hexdigest().encode()


async def _again(call: Callable[[], Awaitable[T]]) -> T:
    """Repeats a call whose connection has broken: an idle one was forgotten by the network, or while a function was frozen.

    The client drops such a connection and takes the next one, which may be as old. Every call may be repeated.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await call()
        except (ConnectionError, EOFError):
            continue
    return await call()
