"""From a URL to a store. The module of a backend, and with it its client library, is loaded for its scheme only."""

from __future__ import annotations

from importlib import import_module
from typing import cast

from ..packages import how_to_install, missing_package
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

#: Where the file of requirements has the name of the backend, and not that of its module.
_REQUIREMENTS = {"file": "disk", "search": "opensearch"}


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
        return cast(OpenedStore, import_module(f".{name}", __package__).open_url(url.strip()))
    except ImportError as error:
        raise StoreUrlError(
            f"the store of a {scheme}: URL needs the package {missing_package(error)}: "
            f"{how_to_install(_REQUIREMENTS.get(name, name))}",
            "memory:",
        ) from error
