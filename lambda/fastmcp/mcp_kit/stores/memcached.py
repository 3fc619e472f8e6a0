"""``memcacheds://host:port``: for caches only."""

from __future__ import annotations

import hashlib
import math
import re
import ssl
import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiomcache import Client
from key_value.aio.stores.memcached import MemcachedStore

from .entry import ManagedEntry, SanitizationStrategy
from .opened import OpenedStore
from .url import StoreUrl

_EXAMPLE = "memcacheds://notes-abc.serverless.use1.cache.amazonaws.com:11211"
#: Memcached takes 1 MB for an item, its name included.
_LARGEST_VALUE = 1_000_000
T = TypeVar("T")

#: Attempts of one call.
_ATTEMPTS = 4
#: Thirty days in seconds.
_LONGEST_SPAN = 30 * 86_400
_FORBIDDEN = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")


class _FittingKeys(SanitizationStrategy):
    """What the protocol cannot hold is hashed, as in the TypeScript half. A hash is no other entry's key: those have ``::``."""

    def sanitize(self, value: str) -> str:
        if len(value.encode()) <= 250 and not _FORBIDDEN.search(value):
            return value
        return f"H_{hashlib.sha256(value.encode()).hexdigest()}"

    def validate(self, value: str) -> None:
        """Every key has a name."""


class _MemcachedEntries(MemcachedStore):
    """py-key-value's items, also of more than 30 days: memcached reads longer times as a date, which would long be over."""

    async def _put_managed_entry(self, *, key: str, collection: str, managed_entry: ManagedEntry) -> None:
        name = self._sanitize_key(f"{collection}::{key}")
        text = self._serialization_adapter.dump_json(entry=managed_entry, key=key, collection=collection)
        left = managed_entry.ttl
        seconds = 0 if left is None else max(math.ceil(left), 1)
        ends = seconds if seconds <= _LONGEST_SPAN else math.ceil(time.time()) + seconds
        await _again(lambda: self._client.set(name.encode(), text.encode(), exptime=ends))

    async def _get_managed_entry(self, *, key: str, collection: str) -> ManagedEntry | None:
        return await _again(lambda: super(_MemcachedEntries, self)._get_managed_entry(key=key, collection=collection))

    async def _delete_managed_entry(self, *, key: str, collection: str) -> bool:
        return await _again(lambda: super(_MemcachedEntries, self)._delete_managed_entry(key=key, collection=collection))


async def _again(call: Callable[[], Awaitable[T]]) -> T:
    """Repeats a call whose connection has broken: an idle one was forgotten by the network, or while a function was frozen.

    The client drops such a connection and takes the next one, which may be as old. Every call may be repeated.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return await call()
        except (ConnectionError, EOFError):
            continue
    return await call()


def open_url(text: str) -> OpenedStore:
    """Opens one memcached server; with TLS when the scheme says so. A cluster of nodes (``discovery=true``) is not supported."""
    url = StoreUrl(text, options=("ca", "discovery", "maxItemBytes", "plaintext", "sanitize"), example=_EXAMPLE)
    if url.flag("discovery"):
        url.fail("with discovery=true names many nodes, of which Python's client takes one: use a serverless cache, or Valkey")
    if url.flag("sanitize"):
        url.fail("has no sanitize here: names are hashed only where they are too long")
    if url.user is not None:
        url.fail("must not name a user: memcached on AWS knows none")
    if url.parts.path not in ("", "/"):
        url.fail("has no path")
    tls = url.parts.scheme == "memcacheds"
    url.check_transport(tls=tls, advice="write memcacheds:")
    connection: dict[str, Any] = {}
    if tls:
        try:
            connection["ssl"] = ssl.create_default_context(cafile=url.ca())
        except OSError:
            url.fail("names a file as ca that cannot be read")
    largest = url.number("maxItemBytes", 1024, 1 << 30)
    client = Client(url.host, url.port or 11211, pool_size=16, conn_args=connection)
    return OpenedStore(
        _MemcachedEntries(client=client, key_sanitization_strategy=_FittingKeys()),
        url.parts.scheme,
        unfit_for_state="drops entries when memory is short: use dynamodb:",
        largest_value=_LARGEST_VALUE if largest is None else largest * 9 // 10,
        cache_patience=0.1,
    )
