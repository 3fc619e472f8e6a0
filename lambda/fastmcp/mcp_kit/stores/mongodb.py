"""``mongodb+tls://host/DATABASE``: MongoDB, Atlas, DocumentDB."""

from __future__ import annotations

from typing import Any

from key_value.aio.stores.mongodb import MongoDBStore
from pymongo import AsyncMongoClient

from .authorities import rds_authorities
from .credentials import secret_credentials
from .opened import OpenedStore
from .url import StoreUrl

_EXAMPLE = "mongodb+tls://cluster.example.com/notes?secret=ARN&ca=rds&retryWrites=false"
_OPTIONS = ("authMechanism", "authSource", "ca", "plaintext", "replicaSet", "retryWrites", "secret")
#: 16 MB for a document, and room for the rest of it.
_LARGEST_VALUE = 15_000_000
_TIMEOUT_MS = 5_000


class _MongoEntries(MongoDBStore):
    """Opened at the first use, since the credentials have to be fetched."""

    def __init__(self, url: StoreUrl) -> None:
        self._at = url
        super().__init__(client=_client(url), db_name=url.parts.path.strip("/") or None)


def open_url(text: str) -> OpenedStore:
    """Opens a database of MongoDB or DocumentDB."""
    url = StoreUrl(text, options=_OPTIONS, example=_EXAMPLE)
    if url.parts.scheme == "mongodb":
        url.require_plain_is_safe("write mongodb+tls:")
    if "," in url.parts.netloc:
        url.fail("names one host, and the replica set with replicaSet=")
    url.secret_arn()
    if url.text("ca") not in (None, "rds"):
        url.ca()
    return OpenedStore(_MongoEntries(url), url.parts.scheme, largest_value=_LARGEST_VALUE, cache_patience=0.25)


def _client(url: StoreUrl) -> AsyncMongoClient[dict[str, Any]]:
    scheme = url.parts.scheme
    options: dict[str, Any] = {
        "serverSelectionTimeoutMS": _TIMEOUT_MS,
        "connectTimeoutMS": 2_000,
        "socketTimeoutMS": _TIMEOUT_MS,
        "retryWrites": url.text("retryWrites") != "false",
        "tz_aware": True,
        "appname": "mcp_kit",
        "w": "majority",
    }
    if scheme == "mongodb+tls":
        options["tls"] = True
    authorities = url.text("ca")
    if authorities is not None and scheme != "mongodb":
        options["tlsCAFile"] = rds_authorities() if authorities == "rds" else authorities
    if (name := url.text("replicaSet")) is not None:
        options["replicaSet"] = name
    elif scheme != "mongodb+srv":
        options["directConnection"] = False
    arn = url.secret_arn()
    if arn is not None:
        found = secret_credentials(arn).get()
        options |= {
            "username": url.user or found.username,
            "password": found.password,
            "authSource": url.text("authSource") or "admin",
        }
        if (mechanism := url.choice("authMechanism", ("SCRAM-SHA-1", "SCRAM-SHA-256"))) is not None:
            options["authMechanism"] = mechanism
    host = f"[{url.host}]" if ":" in url.host else url.host
    address = f"mongodb+srv://{host}" if scheme == "mongodb+srv" else f"mongodb://{host}:{url.port or 27017}"
    return AsyncMongoClient(address, **options)
