"""py-key-value's documents in Elasticsearch, with rights on the indexes of the server and no others."""

from __future__ import annotations

from typing import Any

from elasticsearch import NotFoundError
from key_value.aio.errors import DeserializationError
from key_value.aio.stores.elasticsearch import ElasticsearchStore

from .entry import ManagedEntry
from .errors import StoreFault


class ElasticsearchEntries(ElasticsearchStore):
    """What differs: the cluster is not asked what it is, which needs a right on all of it, and nothing is refreshed, as a get by
    ``_id`` sees every acknowledged write; a damaged document is a fault instead of "not found"."""

    async def _setup(self) -> None:
        self._is_serverless = True  # all that py-key-value makes of it is whether to refresh

    async def _get_managed_entry(self, *, key: str, collection: str) -> ManagedEntry | None:
        index, document = self._get_destination(collection=collection, key=key)
        try:
            answer: Any = await self._client.get(index=index, id=document)
        except NotFoundError:
            return None
        try:
            return self._serializer.load_dict(data=answer["_source"])
        except (DeserializationError, KeyError):
            raise StoreFault("elasticsearch: what is stored is no entry") from None
