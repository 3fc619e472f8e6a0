"""py-key-value's documents in OpenSearch, by the requests that the construct grants."""

from __future__ import annotations

from typing import Any

from key_value.aio.stores.opensearch import OpenSearchStore
from opensearchpy.exceptions import NotFoundError

from .entry import ManagedEntry
from .errors import StoreFault
from .search_document import read_document


class OpenSearchEntries(OpenSearchStore):
    """What differs: nothing is refreshed, as a get by ``_id`` sees every acknowledged write, and collections of OpenSearch
    Serverless refuse to; entries are deleted by a bulk request, as the role of a server has no HTTP DELETE, with which it could
    delete indexes; a damaged document is a fault instead of "not found"."""

    async def _get_managed_entry(self, *, key: str, collection: str) -> ManagedEntry | None:
        index, document = self._get_destination(collection=collection, key=key)
        answer = self._client.get(index=index, id=document)
        return await read_document(answer, NotFoundError, self._serializer, "opensearch")

    async def _put_managed_entry(self, *, key: str, collection: str, managed_entry: ManagedEntry) -> None:
        index, document = self._get_destination(collection=collection, key=key)
        body = self._serializer.dump_dict(entry=managed_entry, key=key, collection=collection)
        await self._client.index(index=index, id=document, body=body)

    async def _delete_managed_entry(self, *, key: str, collection: str) -> bool:
        index, document = self._get_destination(collection=collection, key=key)
        answer: Any = await self._client.bulk(body=[{"delete": {"_index": index, "_id": document}}])
        result = answer["items"][0]["delete"]
        if result.get("status") not in (200, 404):
            raise StoreFault(f"opensearch: delete: status {result.get('status')}")
        return bool(result.get("status") == 200)
