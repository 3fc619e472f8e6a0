"""Names of indexes and documents: as in the TypeScript half, only those that the server would refuse are changed."""

from __future__ import annotations

import hashlib
import re

from .entry import SanitizationStrategy

#: Longest name of an index, and longest ``_id``, in bytes.
_MAX_INDEX = 255
_MAX_ID = 512
#: Longest sanitized collection of py-key-value; ``S_`` in front, ``-`` and eight digits of the hash behind.
_MAX_COLLECTION = 200
_OVERHEAD = 11
#: What no name of an index may contain.
_FORBIDDEN = re.compile(r'[\\/*?"<>| ,#:\x00-\x1f\x7f-\x9f]')
_NOT_ALLOWED = re.compile(r"[^A-Za-z0-9_.-]+")


class FittingCollections(SanitizationStrategy):
    """A collection that cannot be part of an index's name, such as ``tools/list``, goes as py-key-value's V1 strategy makes it."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def sanitize(self, value: str) -> str:
        """The part behind the prefix."""
        name = f"{self._prefix}-{value}".lower()
        if not _FORBIDDEN.search(name) and len(name.encode()) <= _MAX_INDEX:
            return value
        readable = _NOT_ALLOWED.sub("_", value)
        if readable == "_" and value != "_":
            readable = ""
        return f"S_{readable[: _MAX_COLLECTION - _OVERHEAD]}-{_sha256(value)[:8]}"

    def validate(self, value: str) -> None:
        """Every collection has a name."""


class FittingKeys(SanitizationStrategy):
    """A key that is longer than the server takes is hashed."""

    def sanitize(self, value: str) -> str:
        """The ``_id``."""
        return value if len(value.encode()) <= _MAX_ID else _sha256(value)

    def validate(self, value: str) -> None:
        """Every key has an ``_id``."""


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
