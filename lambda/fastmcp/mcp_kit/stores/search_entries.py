"""Entries in OpenSearch and Elasticsearch: one index for each collection, one document for each entry."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from .entry_store import EntryStore
from .errors import StoreFault
from .managed_entry import ManagedEntry, NewEntry
from .search_document import document_json, entry_of, index_mappings
from .search_names import document_of, index_of


class SearchEntries(EntryStore):
    """What both products have in common. Nothing is refreshed: a get by ``_id`` sees every acknowledged write, and collections
    of OpenSearch Serverless refuse to."""

    def __init__(self, name: str, prefix: str, *, field: str, searched: str, searchable: bool) -> None:
        """
        Args:
            name: For messages.
            prefix: Of the names of indexes, in lower case.
            field: Member of ``value`` that holds the value.
            searched: Type of that member where values can be searched.
            searchable: Whether they can be, in indexes that are made from now on.
        """
        self._prefix = prefix
        self._field = field
        self._mappings = index_mappings(field, searched, searchable=searchable)
        super().__init__(name)

    @abstractmethod
    async def make_index(self, index: str, mappings: dict[str, Any]) -> None:
        """Makes an index unless it is there."""

    @abstractmethod
    async def fetch(self, index: str, document: str) -> Mapping[str, Any] | None:
        """A document as the server tells it; None where there is none."""

    @abstractmethod
    async def fetch_many(self, index: str, documents: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        """Some documents, in their order, with ``found`` or ``error``."""

    @abstractmethod
    async def store(self, index: str, document: str, json: str) -> None:
        """Writes a document."""

    @abstractmethod
    async def erase(self, index: str, document: str) -> bool:
        """Deletes a document; False where there was none."""

    async def prepare(self, collection: str) -> None:
        await self.make_index(index_of(self._prefix, collection), self._mappings)

    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        hit = await self.fetch(index_of(self._prefix, collection), document_of(key))
        return None if hit is None else entry_of(hit, collection, key, self._field)

    async def read_many(self, collection: str, keys: Sequence[str]) -> Mapping[str, ManagedEntry | None]:
        hits = await self.fetch_many(index_of(self._prefix, collection), [document_of(key) for key in keys])
        found: dict[str, ManagedEntry | None] = {}
        for key, hit in zip(keys, hits):
            error = hit.get("error")
            if error is not None and error.get("type") != "index_not_found_exception":
                raise StoreFault(f"{self.name}: mget: {error.get('type')}")
            found[key] = entry_of(hit, collection, key, self._field) if hit.get("found") is True else None
        return found

    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        json = document_json(entry, collection, key, self._field)
        await self.store(index_of(self._prefix, collection), document_of(key), json)

    async def remove(self, collection: str, key: str) -> bool:
        return await self.erase(index_of(self._prefix, collection), document_of(key))
