"""``file:///PATH``: a folder, one file for each entry, in the names of py-key-value's V1 strategies."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from key_value.aio.stores.filetree import (
    FileTreeStore,
    FileTreeV1CollectionSanitizationStrategy,
    FileTreeV1KeySanitizationStrategy,
)

from .opened import OpenedStore
from .url import StoreUrl


def open_url(text: str) -> OpenedStore:
    """Opens a folder, which is made when it is missing: on EFS, the folder of an access point."""
    url = StoreUrl(text, options=(), example="file:///mnt/mcp")
    if url.parts.netloc:
        url.fail("must not name a host: its path begins with the third slash")
    path = unquote(url.parts.path)
    if path in ("", "/"):
        url.fail("must name a folder, not the root")
    folder = Path(path)
    folder.mkdir(parents=True, exist_ok=True)
    store = FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(folder),
    )
    return OpenedStore(store, "file", cache_patience=0.25)
