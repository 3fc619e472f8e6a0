"""Names of indexes and documents: as in the TypeScript half, only those that the server would refuse are changed."""

from __future__ import annotations

import hashlib
import re

#: Longest name of an index, and longest ``_id``, in bytes.
_MAX_INDEX = 255
_MAX_ID = 512
#: Longest sanitized collection of py-key-value; ``S_`` in front, ``-`` and eight digits of the hash behind.
_MAX_COLLECTION = 200
_OVERHEAD = 11
#: What no name of an index may contain.
_FORBIDDEN = re.compile(r'[\\/*?"<>| ,#:\x00-\x1f\x7f-\x9f]')
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_.-]+")


def index_of(prefix: str, collection: str) -> str:
    """The index of a collection.

    One that cannot be part of an index's name, such as ``tools/list``, goes as py-key-value's V1 strategy makes it.
    """
    name = f"{prefix}-{collection}".lower()
    if not _FORBIDDEN.search(name) and len(name.encode()) <= _MAX_INDEX:
        return name
    readable = _NOT_ALLOWED.sub("_", collection)
    if readable == "_" and collection != "_":
        readable = ""
    return f"{prefix}-S_{readable[: _MAX_COLLECTION - _OVERHEAD]}-{_sha256(collection)[:8]}".lower()


def document_of(key: str) -> str:
    """The ``_id`` of a key. One that is longer than the server takes is hashed."""
    return key if len(key.encode()) <= _MAX_ID else _sha256(key)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
