"""The document of an entry in OpenSearch and Elasticsearch, in the bytes of py-key-value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from key_value.aio.errors import DeserializationError

from .managed_entry import ManagedEntry, NewEntry, dump_entry, read_entry

#: A text that is kept and never searched.
_UNINDEXED = {"type": "keyword", "index": False, "doc_values": False}


def document_json(entry: NewEntry, collection: str, key: str, field: str) -> str:
    """The document of an entry.

    Args:
        field: The member of ``value`` that holds the value: ``flat`` in OpenSearch, ``flattened`` in Elasticsearch.
    """
    return dump_entry(replace(entry, json=f'{{"{field}": {entry.json}}}'), collection, key)


def entry_of(hit: Mapping[str, Any], collection: str, key: str, field: str) -> ManagedEntry | None:
    """The entry in the answer to a get.

    Names in other spellings may share an index or, by their hash, an ``_id``: what belongs to another place is not handed out.

    Raises:
        DeserializationError: what is stored is no entry.
    """
    source = hit.get("_source")
    if not isinstance(source, Mapping):
        raise DeserializationError("the document has no source")
    if source.get("collection", collection) != collection or source.get("key", key) != key:
        return None
    held = source.get("value")
    return read_entry({**source, "value": held.get(field) if isinstance(held, Mapping) else None})


def index_mappings(field: str, searched: str, *, searchable: bool) -> dict[str, Any]:
    """What a new index is made with, whichever half makes it: py-key-value's fields, and those of TypeScript's atomic verbs.

    py-key-value indexes values, too, and nothing ever searches them. It is what limits them there: no text above 32,766 bytes.
    Documents are the same either way.

    Args:
        searched: The type of the server's that lets members of any shape be searched.
        searchable: Whether values can be searched.
    """
    value = {"type": searched} if searchable else {"type": "object", "enabled": False}
    return {
        "properties": {
            "created_at": {"type": "date"},
            "expires_at": {"type": "date"},
            "collection": {"type": "keyword"},
            "key": {"type": "keyword"},
            "version": {"type": "integer"},
            "value": {"properties": {field: value}},
            "marks": _UNINDEXED,
            "taken": _UNINDEXED,
            "ended": _UNINDEXED,
        }
    }
