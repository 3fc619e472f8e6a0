"""``memory:``: the memory of the process."""

from __future__ import annotations

from key_value.aio.stores.memory import MemoryStore

from .opened import OpenedStore
from .url import StoreUrl

#: Entries of one collection; the least recently used go first.
MAX_ENTRIES = 10_000


def open_url(text: str) -> OpenedStore:
    """Opens ``memory:``."""
    url = StoreUrl(text, options=(), example="memory:")
    if url.parts.netloc or url.parts.path not in ("", "/"):
        url.fail("has nothing behind the colon")
    return OpenedStore(
        MemoryStore(max_entries_per_collection=MAX_ENTRIES),
        "memory",
        unfit_for_state="forgets clients and tokens with the process: use dynamodb:, or valkeys: with durable=true",
    )
