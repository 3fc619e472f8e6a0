"""``rocksdb:///PATH``: a database in the volume of a single task."""

from __future__ import annotations

import warnings
from pathlib import Path
from urllib.parse import unquote

from key_value.aio.stores.rocksdb import RocksDBStore

from .opened import OpenedStore
from .url import StoreUrl


def open_url(text: str) -> OpenedStore:
    """Opens a database, which only one process may have open."""
    url = StoreUrl(text, options=("sync",), example="rocksdb:///mnt/mcp")
    path = unquote(url.parts.path)
    if url.parts.netloc or path in ("", "/"):
        url.fail("must name a folder, behind the third slash")
    Path(path).mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # py-key-value calls this store unstable when it is made; its bytes are pinned by the tests of both halves.
        warnings.filterwarnings("ignore", message="A configured store is unstable", category=UserWarning)
        store = RocksDBStore(path=path)
    return OpenedStore(
        store,
        "rocksdb",
        unfit_for_state="ends with its task, and no other task sees it: use dynamodb:",
    )
