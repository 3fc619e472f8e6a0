"""py-key-value's documents in Elasticsearch, with rights on the indexes of the server and no others."""

from __future__ import annotations

from elasticsearch import NotFoundError
from key_value.aio.stores.elasticsearch import ElasticsearchStore

from .entry import ManagedEntry
from .search_document import read_document


class ElasticsearchEntries(ElasticsearchStore):
    """What differs: the cluster is not asked what it is, which needs a right on all of it, and nothing is refreshed, as a get by
    ``_id`` sees every acknowledged write; a damaged document is a fault instead of "not found"."""

    async def _setup(self) -> None:
        self._is_serverless = True  # all that py-key-value makes of it is whether to refresh

    async def _get_managed_entry(self, *, key: str, collection: str) -> ManagedEntry | None:
        index, document = self._get_destination(collection=collection, key=key)
        answer = self._client.get(index=index, id=document)
        return await read_document(answer, NotFoundError, self._serializer, "elasticsearch")
