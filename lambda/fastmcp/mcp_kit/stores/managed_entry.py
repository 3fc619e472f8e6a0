"""A value and its dates: what every store holds, in the JSON of py-key-value 0.4."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from key_value.aio.errors import DeserializationError, SerializationError


class _Ending:
    expires_at: datetime | None

    def seconds_left(self) -> float | None:
        """What is left of its time; not above 0 where readers must take it as absent, None where it never expires."""
        end = self.expires_at
        return None if end is None else (end - datetime.now(timezone.utc)).total_seconds()


@dataclass(frozen=True)
class ManagedEntry(_Ending):
    """An entry that was read."""

    value: dict[str, Any]
    created_at: datetime | None = None
    #: None: it never expires.
    expires_at: datetime | None = None


@dataclass(frozen=True)
class NewEntry(_Ending):
    """An entry about to be written. Its value is JSON already, so that a bad one fails before anything is changed."""

    value: dict[str, Any]
    json: str
    created_at: datetime
    expires_at: datetime | None


def new_entry(value: Mapping[str, Any], created_at: datetime, expires_at: datetime | None) -> NewEntry:
    """Checks a value.

    Raises:
        TypeError: it is no mapping with texts as names, as py-key-value says it.
        SerializationError: something in it is no JSON. That includes NaN and infinity: Python would write them, and the
            TypeScript half could read no such entry.
    """
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise TypeError("a value is a mapping whose names are text")
    members = dict(value)
    try:
        text = json.dumps(members, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        # Without the message, which may quote the value.
        raise SerializationError(f"a value that is no JSON: {type(error).__name__}") from None
    return NewEntry(members, text, created_at, expires_at)


def dump_entry(entry: NewEntry, collection: str, key: str) -> str:
    """The entry as py-key-value writes it: names sorted, absent members left out, ``version`` 1."""
    end = "" if entry.expires_at is None else f'"expires_at": "{entry.expires_at.isoformat()}", '
    # The members are in the order that sorting gives: collection, created_at, expires_at, key, value, version.
    return (
        f'{{"collection": {json.dumps(collection)}, "created_at": "{entry.created_at.isoformat()}", {end}'
        f'"key": {json.dumps(key)}, "value": {entry.json}, "version": 1}}'
    )


def load_entry(text: str | bytes) -> ManagedEntry:
    """Reads what py-key-value wrote: 0.4, and the 0.2 form without ``version``. Unknown members are ignored.

    Raises:
        DeserializationError: it is anything else.
    """
    return read_entry(_parse(text))


def read_entry(data: object) -> ManagedEntry:
    """Reads the same when its JSON is parsed already.

    Raises:
        DeserializationError: as ``load_entry``.
    """
    if not isinstance(data, Mapping):
        raise DeserializationError("not a JSON object")
    return ManagedEntry(read_value(data.get("value")), _date(data, "created_at"), _date(data, "expires_at"))


def read_value(value: object) -> dict[str, Any]:
    """A value, which some versions of py-key-value wrote as the text of its JSON.

    Raises:
        DeserializationError: it is no JSON object.
    """
    loaded = _parse(value) if isinstance(value, str) else value
    if not isinstance(loaded, Mapping):
        raise DeserializationError("the value is not an object")
    return dict(loaded)


def _date(data: Mapping[str, Any], name: str) -> datetime | None:
    if name not in data:
        return None
    try:
        date = datetime.fromisoformat(data[name])
    except (TypeError, ValueError):
        date = None
    if date is None or date.tzinfo is None:
        raise DeserializationError(f"{name} is not an ISO 8601 date with an offset") from None
    return date


def _parse(text: str | bytes) -> object:
    try:
        parsed: object = json.loads(text if isinstance(text, str) else text.decode())
    except (ValueError, RecursionError):
        raise DeserializationError("not JSON") from None  # without the parser's message: it quotes what is stored
    return parsed
