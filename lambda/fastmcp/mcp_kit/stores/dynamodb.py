"""``dynamodb://TABLE?region=REGION``: the rows of py-key-value's DynamoDBStore, with the rights that the construct grants.

py-key-value's own store describes the table and its time to live at every start, needs aioboto3, and reads eventually
consistently. This one makes three calls, GetItem (consistent), PutItem and DeleteItem, on the table that the construct has
provisioned, through botocore in threads.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

from key_value.aio.errors import DeserializationError

from ..aws import client
from .entry_store import EntryStore
from .errors import StoreFault
from .managed_entry import ManagedEntry, NewEntry, dump_entry, load_entry
from .opened import OpenedStore
from .url import StoreUrl

_EXAMPLE = "dynamodb://my-table?region=us-east-1"
#: Of the 400 KB of an item 256 bytes are left for the marks of the TypeScript half, 1 KB for names, and room for the envelope.
_LARGEST_VALUE = 405_000
#: Seconds for one answer; botocore makes three attempts.
_TIMEOUT = 2.0


class DynamoDbStore(EntryStore):
    """Entries in the items of one table: hash key ``collection``, range key ``key``, time to live ``ttl``."""

    def __init__(self, table: str, region: str | None, endpoint: str | None) -> None:
        self._table = table
        self._where = (region, endpoint)
        self._made: Any = None
        super().__init__(f"dynamodb table {table}")

    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        answer = await self._call("get_item", Key=_key(collection, key), ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        if item is None:
            return None
        text = item.get("value", {}).get("S")
        if text is None:
            raise DeserializationError("the value attribute is missing or no text")
        entry = load_entry(text)
        # The attribute counts too: a write of the TypeScript half may end an entry by it. Deletion comes days later.
        seconds = item.get("ttl", {}).get("N")
        if seconds is not None:
            ends = datetime.fromtimestamp(int(seconds), tz=timezone.utc)
            if entry.expires_at is None or ends < entry.expires_at:
                return replace(entry, expires_at=ends)
        return entry

    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        item: dict[str, Any] = {**_key(collection, key), "value": {"S": dump_entry(entry, collection, key)}}
        if entry.expires_at is not None:
            item["ttl"] = {"N": str(int(entry.expires_at.timestamp()))}
        await self._call("put_item", Item=item)

    async def remove(self, collection: str, key: str) -> bool:
        answer = await self._call("delete_item", Key=_key(collection, key), ReturnValues="ALL_OLD")
        return "Attributes" in answer

    async def _call(self, verb: str, **request: Any) -> dict[str, Any]:
        return await asyncio.to_thread(self._call_blocking, verb, request)

    def _call_blocking(self, verb: str, request: dict[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            if self._made is None:
                region, endpoint = self._where
                self._made = client("dynamodb", region, endpoint=endpoint, timeout=_TIMEOUT, pool=64)
            answer: dict[str, Any] = getattr(self._made, verb)(TableName=self._table, **request)
            return answer
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "an error without a code")
            raise StoreFault(f"{self.name}: {verb}: {code}") from None
        except BotoCoreError as error:  # its message may hold the request
            raise StoreFault(f"{self.name}: {verb}: {type(error).__name__}") from None


def _key(collection: str, key: str) -> dict[str, Any]:
    return {"collection": {"S": collection}, "key": {"S": key}}


def open_url(text: str) -> OpenedStore:
    """Opens a table. Credentials and, where the URL names none, the region are those of the process."""
    url = StoreUrl(text, options=("region", "endpoint"), example=_EXAMPLE)
    table = url.parts.netloc
    if not re.fullmatch(r"[A-Za-z0-9_.-]{3,255}", table):
        url.fail('must name a table: 3 to 255 letters, digits, "_", "." or "-"')
    if url.parts.path not in ("", "/"):
        url.fail("has no path: only the table and options")
    endpoint = url.text("endpoint")
    if endpoint is not None and not re.match(r"https?://(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?/?$", endpoint):
        url.fail("has an endpoint on this machine only; for others set AWS_ENDPOINT_URL")
    store = DynamoDbStore(table, url.region(), endpoint)
    return OpenedStore(store, "dynamodb", largest_value=_LARGEST_VALUE, cache_patience=0.25)
