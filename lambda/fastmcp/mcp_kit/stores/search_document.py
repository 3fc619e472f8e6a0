"""Reading one document, which OpenSearch and Elasticsearch answer alike."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any, Protocol

from key_value.aio.errors import DeserializationError

from .entry import ManagedEntry
from .errors import StoreFault


class Loads(Protocol):
    """What makes an entry of a document."""

    def load_dict(self, data: dict[str, Any]) -> ManagedEntry:
        """Raises DeserializationError."""


async def read_document(answer: Awaitable[Any], absent: type[Exception], serializer: Loads, product: str) -> ManagedEntry | None:
    """The entry in an answer; None where it raises ``absent``.

    Raises:
        StoreFault: what is stored is no entry.
    """
    try:
        document = await answer
    except absent:
        return None
    try:
        return serializer.load_dict(data=document["_source"])
    except (DeserializationError, KeyError):
        raise StoreFault(f"{product}: what is stored is no entry") from None
