"""A store of py-key-value's protocol, over what a backend can do with one entry."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, SupportsFloat

from key_value.aio.errors import DeserializationError
from key_value.aio.protocols.key_value import AsyncKeyValue

from .errors import StoreFault
from .managed_entry import ManagedEntry, NewEntry, new_entry
from .time_to_live import dates_of

#: Where entries go whose collection nobody names, as in py-key-value.
DEFAULT_COLLECTION = "default_collection"


class EntryStore(AsyncKeyValue, ABC):
    """The verbs, with what they have in common: the default collection, lifetimes, and that what has ended is absent.

    py-key-value has such a base, too, whose hooks are private to it. A backend says how it reads, writes and removes one entry,
    and prepares a collection; what is stored and is no entry is a fault, never "not found".
    """

    def __init__(self, name: str) -> None:
        """
        Args:
            name: For messages, such as ``redis localhost``: nothing that is secret.
        """
        self._name = name
        self._prepared: set[str] = set()
        self._preparing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def name(self) -> str:
        """How messages name it."""
        return self._name

    @abstractmethod
    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        """An entry, also one that has ended. Raises DeserializationError where what is stored is none."""

    @abstractmethod
    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        """Writes an entry over whatever is there."""

    @abstractmethod
    async def remove(self, collection: str, key: str) -> bool:
        """Removes an entry; False where there was none."""

    async def read_many(self, collection: str, keys: Sequence[str]) -> Mapping[str, ManagedEntry | None]:
        """Some entries; of different keys. For a backend that reads them in one request."""
        return {key: await self.read(collection, key) for key in keys}

    async def prepare(self, collection: str) -> None:
        """Makes what a collection needs. Once before its first use, and again where it has failed."""

    async def close(self) -> None:
        """Ends the connections."""

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        value, _ = await self.ttl(key, collection=collection)
        return value

    async def get_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[dict[str, Any] | None]:
        return [value for value, _ in await self.ttl_many(keys, collection=collection)]

    async def ttl(self, key: str, *, collection: str | None = None) -> tuple[dict[str, Any] | None, float | None]:
        place = await self._ready(collection, (key,))
        try:
            return _living(await self.read(place, key))
        except DeserializationError:
            raise self._damaged() from None

    async def ttl_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[tuple[dict[str, Any] | None, float | None]]:
        place = await self._ready(collection, keys)
        if not keys:
            return []
        try:
            found = await self.read_many(place, list(dict.fromkeys(keys)))
        except DeserializationError:
            raise self._damaged() from None
        return [_living(found.get(key)) for key in keys]

    async def put(
        self, key: str, value: Mapping[str, Any], *, collection: str | None = None, ttl: SupportsFloat | None = None
    ) -> None:
        await self.put_many((key,), (value,), collection=collection, ttl=ttl)

    async def put_many(
        self,
        keys: Sequence[str],
        values: Sequence[Mapping[str, Any]],
        *,
        collection: str | None = None,
        ttl: SupportsFloat | None = None,
    ) -> None:
        if len(keys) != len(values):
            raise ValueError("put_many needs as many values as keys")
        created_at, expires_at = dates_of(ttl)
        entries = [new_entry(value, created_at, expires_at) for value in values]
        place = await self._ready(collection, keys)
        for key, entry in zip(keys, entries):
            await self.write(place, key, entry)

    async def delete(self, key: str, *, collection: str | None = None) -> bool:
        return await self.delete_many((key,), collection=collection) > 0

    async def delete_many(self, keys: Sequence[str], *, collection: str | None = None) -> int:
        place = await self._ready(collection, keys)
        return sum([await self.remove(place, key) for key in keys])

    async def _ready(self, collection: str | None, keys: Sequence[str]) -> str:
        """The name of a collection that is prepared."""
        if not all(isinstance(each, str) for each in (collection or "", *keys)):
            raise TypeError("keys and collections are text")
        place = collection or DEFAULT_COLLECTION
        if place not in self._prepared:
            async with self._preparing[place]:
                if place not in self._prepared:
                    await self.prepare(place)
                    self._prepared.add(place)
        return place

    def _damaged(self) -> StoreFault:
        return StoreFault(f"{self._name}: what is stored is no entry")


def _living(entry: ManagedEntry | None) -> tuple[dict[str, Any] | None, float | None]:
    left = None if entry is None else entry.seconds_left()
    return (None, None) if entry is None or (left is not None and left <= 0) else (entry.value, left)
