"""``mongodb+tls://host/DATABASE``: MongoDB, Atlas, DocumentDB."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from bson.errors import InvalidDocument
from key_value.aio.errors import DeserializationError, SerializationError
from key_value.aio.stores.mongodb import MongoDBStore
from pymongo import AsyncMongoClient
from pymongo.errors import DuplicateKeyError, OperationFailure, PyMongoError

from .authorities import rds_authorities
from .credentials import Credentials, secret_credentials
from .entry import ManagedEntry
from .errors import StoreFault
from .opened import OpenedStore
from .reopened import ReopenedStore
from .url import StoreUrl

_EXAMPLE = "mongodb+tls://host:27017/my-server?secret=ARN"
_OPTIONS = ("authMechanism", "authSource", "ca", "plaintext", "replicaSet", "retryWrites", "secret")
#: What py-key-value uses when nobody names a database.
_DEFAULT_DATABASE = "kv-store-adapter"
_DATABASE = re.compile(r'[^/\\. "$*<>:|?\0]{1,63}')
_SIMPLE_NAME = re.compile(r"[\w.-]{1,128}", re.ASCII)
#: 16 MB for a document, and room for the rest of it.
_LARGEST_VALUE = 15_000_000
_TIMEOUT_MS = 5_000
#: AuthenticationFailed.
_REFUSED = 18


class _MongoEntries(MongoDBStore):
    """py-key-value's documents. What differs: two instances may begin at once, an entry without an end really has none, and
    a damaged document is a fault instead of "not found"."""

    async def _setup_collection(self, *, collection: str) -> None:
        entries = self._db[self._sanitize_collection(collection=collection)]
        try:
            await entries.create_index("key", unique=True)  # makes the collection, too
        except OperationFailure as error:
            # For speed and tidiness only: whoever may not make them goes on without.
            if error.code == _REFUSED:
                raise
        try:
            await entries.create_index("expires_at", expireAfterSeconds=0)
        except OperationFailure:
            pass
        self._collections_by_name[collection] = entries

    async def _get_managed_entry(self, *, key: str, collection: str) -> ManagedEntry | None:
        found = await self._collections_by_name[collection].find_one(filter={"key": key})
        if found is None:
            return None
        try:
            return self._adapter.load_dict(data=found)
        except DeserializationError:
            raise StoreFault("mongodb: what is stored is no entry") from None

    async def _put_managed_entry(self, *, key: str, collection: str, managed_entry: ManagedEntry) -> None:
        document = self._adapter.dump_dict(entry=managed_entry, key=key, collection=collection)
        update: dict[str, Any] = {"$set": {"key": key, **document}}
        if managed_entry.expires_at is None:
            update["$unset"] = {"expires_at": ""}
            update["$set"].pop("expires_at", None)
        _ = managed_entry.value_as_json  # raises where a value is no JSON
        entries = self._collections_by_name[collection]
        try:
            try:
                await entries.update_one({"key": key}, update, upsert=True)
            except DuplicateKeyError:  # another insert of the key came first
                await entries.update_one({"key": key}, update, upsert=True)
        except InvalidDocument:
            raise SerializationError("a value that is no document of MongoDB") from None


def open_url(text: str) -> OpenedStore:
    """Opens a database of MongoDB or DocumentDB."""
    url = StoreUrl(text, options=_OPTIONS, example=_EXAMPLE)
    scheme = url.parts.scheme
    if "," in url.parts.netloc:
        url.fail("names one host, no list: name any of a replica set, and the others are learned from it")
    if scheme == "mongodb+srv" and url.port is not None:
        url.fail("has no port: the DNS tells it")
    _ = url.host
    url.check_transport(tls=scheme != "mongodb", advice="write mongodb+tls:", named_authorities=("rds",))
    arn = url.secret_arn()
    if url.user is not None and arn is None:
        url.fail("that names a user has its password in secret=ARN")
    for name in ("authSource", "authMechanism"):
        if url.text(name) is not None and arn is None:
            url.fail("has authSource and authMechanism only beside secret=ARN")
    for name in ("authSource", "replicaSet"):
        value = url.text(name)
        if value is not None and not _SIMPLE_NAME.fullmatch(value):
            url.fail(f"has a name of letters, digits and hyphens as {name}")
    url.choice("authMechanism", ("SCRAM-SHA-1", "SCRAM-SHA-256"))
    url.flag("retryWrites")
    database = unquote(url.parts.path[1:]) or _DEFAULT_DATABASE
    if not _DATABASE.fullmatch(database):
        url.fail('has the name of a database as its path: at most 63 characters without any of /\\. "$*<>:|?')
    if url.text("ca") == "rds":
        rds_authorities()

    def open_with(credentials: Credentials | None) -> tuple[MongoDBStore, Any]:
        client = _client(url, credentials)
        return _MongoEntries(client=client, db_name=database), client.close

    store = ReopenedStore(open_with, None if arn is None else secret_credentials(arn), _is_refusal)
    return OpenedStore(store, scheme, largest_value=_LARGEST_VALUE, cache_patience=0.25)


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, OperationFailure) and error.code == _REFUSED


def _client(url: StoreUrl, credentials: Credentials | None) -> AsyncMongoClient[dict[str, Any]]:
    scheme = url.parts.scheme
    authorities = url.text("ca")
    options: dict[str, Any] = {
        "serverSelectionTimeoutMS": _TIMEOUT_MS,
        "connectTimeoutMS": 2_000,
        "socketTimeoutMS": _TIMEOUT_MS,
        "retryWrites": url.text("retryWrites") != "false",
        "tz_aware": True,
        "appname": "mcp_kit",
        "w": "majority",
    }
    if scheme != "mongodb":
        options["tls"] = True
    if authorities is not None:
        options["tlsCAFile"] = rds_authorities() if authorities == "rds" else authorities
    if (name := url.text("replicaSet")) is not None:
        options["replicaSet"] = name
    if credentials is not None:
        options |= {
            "username": url.user or credentials.username,
            "password": credentials.password,
            "authSource": url.text("authSource") or "admin",
        }
        if (mechanism := url.text("authMechanism")) is not None:
            options["authMechanism"] = mechanism
    host = f"[{url.host}]" if ":" in url.host else url.host
    address = f"mongodb+srv://{host}" if scheme == "mongodb+srv" else f"mongodb://{host}:{url.port or 27017}"
    try:
        return AsyncMongoClient(address, **options)
    except (PyMongoError, OSError) as error:  # a file of authorities that cannot be read, a name that the DNS does not know
        raise StoreFault(f"{scheme} {url.host}: {type(error).__name__}: check the host, and ca=") from None
