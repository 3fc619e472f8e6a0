"""``memcacheds://host:port``: for caches only."""

from __future__ import annotations

import ssl
from typing import Any

from aiomcache import Client

from .memcached_entries import MemcachedEntries
from .opened import OpenedStore
from .url import StoreUrl

_EXAMPLE = "memcacheds://notes-abc.serverless.use1.cache.amazonaws.com:11211"
#: Memcached takes 1 MB for an item, its name included.
_LARGEST_VALUE = 1_000_000


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
        MemcachedEntries(client, f"{url.parts.scheme} {url.host}"),
        url.parts.scheme,
        unfit_for_state="drops entries when memory is short: use dynamodb:",
        largest_value=_LARGEST_VALUE if largest is None else largest * 9 // 10,
        cache_patience=0.1,
    )
