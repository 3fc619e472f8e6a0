"""Entries in MongoDB: the documents of py-key-value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from bson.errors import InvalidDocument
from key_value.aio.errors import DeserializationError, SerializationError
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError, OperationFailure

from .entry_store import EntryStore
from .managed_entry import ManagedEntry, NewEntry, read_value

#: AuthenticationFailed.
REFUSED = 18


class MongoDbEntries(EntryStore):
    """One document for each entry, in the collection of its name.

    Two instances may begin at once, and an entry without an end really has none, unlike in py-key-value's own store.
    """

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str, name: str) -> None:
        """
        Args:
            client: Closed with the store.
            database: Name of the database.
            name: For messages.
        """
        self._client = client
        self._database = client[database]
        super().__init__(name)

    async def prepare(self, collection: str) -> None:
        entries = self._database[collection]
        try:
            await entries.create_index("key", unique=True)  # makes the collection, too
        except OperationFailure as error:
            # For speed and tidiness only: whoever may not make them goes on without.
            if error.code == REFUSED:
                raise
        try:
            await entries.create_index("expires_at", expireAfterSeconds=0)
        except OperationFailure:
            pass

    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        found = await self._database[collection].find_one({"key": key})
        return None if found is None else _entry_of(found)

    async def read_many(self, collection: str, keys: Sequence[str]) -> Mapping[str, ManagedEntry | None]:
        found = self._database[collection].find({"key": {"$in": list(keys)}})
        return {document["key"]: _entry_of(document) async for document in found}

    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        fields: dict[str, Any] = {
            "key": key,
            "version": 1,
            "collection": collection,
            "created_at": entry.created_at,
            "value": {"object": entry.value},
        }
        update: dict[str, Any] = {"$set": fields}
        if entry.expires_at is None:
            update["$unset"] = {"expires_at": ""}
        else:
            fields["expires_at"] = entry.expires_at
        entries = self._database[collection]
        try:
            try:
                await entries.update_one({"key": key}, update, upsert=True)
            except DuplicateKeyError:  # another insert of the key came first
                await entries.update_one({"key": key}, update, upsert=True)
        except (InvalidDocument, OverflowError):  # such as a whole number of more than 64 bits
            raise SerializationError("a value that is no document of MongoDB") from None

    async def remove(self, collection: str, key: str) -> bool:
        return (await self._database[collection].delete_one({"key": key})).deleted_count > 0

    async def close(self) -> None:
        await self._client.close()


def _entry_of(document: Mapping[str, Any]) -> ManagedEntry:
    """The entry of a document. Raises DeserializationError where it is none."""
    held = document.get("value")
    if not isinstance(held, Mapping) or "object" not in held:
        raise DeserializationError("the value is missing")
    return ManagedEntry(read_value(held["object"]), _date(document, "created_at"), _date(document, "expires_at"))


def _date(document: Mapping[str, Any], name: str) -> datetime | None:
    date = document.get(name)
    if date is not None and not isinstance(date, datetime):
        raise DeserializationError(f"{name} is no date")
    # MongoDB keeps moments without an offset: a client that is not told so hands them out without one.
    return None if date is None else date.replace(tzinfo=timezone.utc)
