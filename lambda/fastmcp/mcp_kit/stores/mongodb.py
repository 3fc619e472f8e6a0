"""``mongodb+tls://host/DATABASE``: MongoDB, Atlas, DocumentDB."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from pymongo import AsyncMongoClient
from pymongo.errors import OperationFailure, PyMongoError

from .authorities import rds_authorities
from .credentials import Credentials, secret_credentials
from .errors import StoreFault
from .mongodb_entries import REFUSED, MongoDbEntries
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

    def open_with(credentials: Credentials | None) -> MongoDbEntries:
        return MongoDbEntries(_client(url, credentials), database, "mongodb")

    store = ReopenedStore(open_with, None if arn is None else secret_credentials(arn), _is_refusal)
    return OpenedStore(store, scheme, largest_value=_LARGEST_VALUE, cache_patience=0.25)


def _is_refusal(error: BaseException) -> bool:
    return isinstance(error, OperationFailure) and error.code == REFUSED


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
