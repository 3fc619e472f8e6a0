"""Entries in OpenSearch, by the requests that the construct grants."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from opensearchpy import AsyncOpenSearch
from opensearchpy.exceptions import NotFoundError, RequestError

from .errors import StoreFault
from .search_entries import SearchEntries


class OpenSearchEntries(SearchEntries):
    """Deletes by a bulk request: the role of a server has no HTTP DELETE, with which it could delete indexes."""

    def __init__(self, client: AsyncOpenSearch, prefix: str, *, searchable: bool) -> None:
        self._client: Any = client  # its types say less than nothing
        super().__init__("opensearch", prefix, field="flat", searched="flat_object", searchable=searchable)

    async def make_index(self, index: str, mappings: dict[str, Any]) -> None:
        if await self._client.indices.exists(index=index):
            return
        try:
            await self._client.indices.create(index=index, body={"mappings": mappings, "settings": {}})
        except RequestError as error:
            if error.error != "resource_already_exists_exception":
                raise

    async def fetch(self, index: str, document: str) -> Mapping[str, Any] | None:
        try:
            hit: dict[str, Any] = await self._client.get(index=index, id=document)
        except NotFoundError:
            return None
        return hit

    async def fetch_many(self, index: str, documents: Sequence[str]) -> Sequence[Mapping[str, Any]]:
        answer = await self._client.mget(index=index, body={"ids": list(documents)})
        hits: list[dict[str, Any]] = answer["docs"]
        return hits

    async def store(self, index: str, document: str, json: str) -> None:
        await self._client.index(index=index, id=document, body=json)

    async def erase(self, index: str, document: str) -> bool:
        answer = await self._client.bulk(body=[{"delete": {"_index": index, "_id": document}}])
        status = answer["items"][0]["delete"].get("status")
        if status not in (200, 404):
            raise StoreFault(f"{self.name}: delete: status {status}")
        return bool(status == 200)

    async def close(self) -> None:
        await self._client.close()
