"""From a URL to a store. The module of a backend, and with it its client library, is loaded for its scheme only."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from .errors import StoreUrlError
from .opened import OpenedStore

_MODULES = {
    "memory": "memory",
    "file": "file",
    "dynamodb": "dynamodb",
    "redis": "redis",
    "rediss": "redis",
    "valkey": "redis",
    "valkeys": "redis",
    "memcached": "memcached",
    "memcacheds": "memcached",
    "mongodb": "mongodb",
    "mongodb+tls": "mongodb",
    "mongodb+srv": "mongodb",
    "opensearch+http": "search",
    "opensearch+https": "search",
    "elasticsearch+http": "search",
    "elasticsearch+https": "search",
    "rocksdb": "rocksdb",
}


def open_store(url: str) -> OpenedStore:
    """Opens a store. Connects at its first use.

    Raises:
        StoreUrlError: the URL is not understood, or the packages of its backend are not installed.
    """
    scheme = url.split(":", 1)[0].strip().lower()
    name = _MODULES.get(scheme)
    if name is None:
        raise StoreUrlError(
            f"no store has the scheme of this URL; known are {', '.join(_MODULES)}", "dynamodb://my-table?region=us-east-1"
        )
    try:
        module = import_module(f".{name}", __package__)
    except ImportError as error:
        raise StoreUrlError(
            f"the store of a {scheme}: URL needs the package {error.name}: add what requirements/{name}.txt of mcp_kit names",
            "memory:",
        ) from error
    return cast(OpenedStore, module.open_url(url.strip()))
