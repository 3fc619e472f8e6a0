"""Entries in Elasticsearch, with rights on the indexes of the server and no others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from elasticsearch import AsyncElasticsearch, BadRequestError, NotFoundError

from .search_entries import SearchEntries


class ElasticsearchEntries(SearchEntries):
    """The cluster is not asked what it is, which needs a right on all of it."""

    def __init__(self, client: AsyncElasticsearch, prefix: str, *, searchable: bool) -> None:
        self._client = client
        super().__init__("elasticsearch", prefix, field="flattened", searched="flattened", searchable=searchable)

    async def make_index(self, index: str, mappings: dict[str, Any]) -> None:
        if await self._client.indices.exists(index=index):
            return
        try:
            await self._client.indices.create(index=index, mappings=mappings)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    async def fetch(self, index: str, document: str) -> Mapping[str, Any] | None:
        try:
            answer = await self._client.get(index=index, id=document)
        except NotFoundError:
            return None
        hit: dict[str, Any] = answer.body
        return hit

    async def fetch_many(self, index: str, documents: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        answer = await self._client.mget(index=index, ids=list(documents))
        hits: list[dict[str, Any]] = answer["docs"]
        return hits

    async def store(self, index: str, document: str, json: str) -> None:
        body: Any = json  # a text goes as it is
        await self._client.index(index=index, id=document, document=body)

    async def erase(self, index: str, document: str) -> bool:
        try:
            answer = await self._client.delete(index=index, id=document)
        except NotFoundError:
            return False
        return bool(answer["result"] == "deleted")

    async def close(self) -> None:
        await self._client.close()
