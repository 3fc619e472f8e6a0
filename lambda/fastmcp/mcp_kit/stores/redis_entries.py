"""Entries in Redis and Valkey, by the commands that an access string allows.

py-key-value's own store writes with SETEX, MSET and DEL, which the user of a server may not call, and knows no cluster. This
one needs GET, SET and GETDEL, one key at a time, so that no command crosses slots.
"""

from __future__ import annotations

import math
import re
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.exceptions import AuthenticationError, RedisClusterException, RedisError

from ..secret_text import SecretError
from .entry_store import EntryStore
from .errors import StoreFault
from .managed_entry import ManagedEntry, NewEntry, dump_entry, load_entry
from .redis_login import Login

_FAULTS = (RedisError, RedisClusterException, OSError)


class RedisEntries(EntryStore):
    """One string for each entry, named ``collection::key``."""

    def __init__(self, connection: Redis | RedisCluster, where: str, login: Login | None) -> None:
        """
        Args:
            connection: Answers with text.
            where: Scheme and host, for messages.
            login: Renewed where a password is refused; None where none is asked for.
        """
        self._connection = connection
        self._login = login
        super().__init__(where)

    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        text = await self._call("GET", _name(collection, key))
        return load_entry(text) if isinstance(text, str) else None

    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        left = entry.seconds_left()
        # Up to whole seconds: readers look at expires_at, the server's own deletion only frees memory.
        expiry = () if left is None else ("EX", max(math.ceil(left), 1))
        await self._call("SET", _name(collection, key), dump_entry(entry, collection, key), *expiry)

    async def remove(self, collection: str, key: str) -> bool:
        return await self._call("GETDEL", _name(collection, key)) is not None

    async def _call(self, *command: Any) -> Any:
        try:
            try:
                return await self._connection.execute_command(*command)
            except _FAULTS as error:
                if self._login is None or not _is_refusal(error) or not await self._login.renew():
                    raise
            return await self._connection.execute_command(*command)
        except SecretError as error:
            raise StoreFault(f"{self.name}: {error}") from None
        except _FAULTS as error:  # a message of the server's may quote a key
            raise StoreFault(f"{self.name}: {command[0]}: {_kind(error)}") from None

    async def close(self) -> None:
        """Ends the connections."""
        await self._connection.aclose()


def _name(collection: str, key: str) -> str:
    if "::" in collection or collection.endswith(":"):
        raise ValueError("a collection of this store has no :: and does not end with a colon: two entries would share a name")
    return f"{collection}::{key}"


def _is_refusal(error: BaseException | None) -> bool:
    """Whether the password was refused: a client of a cluster wraps what its nodes say."""
    return error is not None and (isinstance(error, AuthenticationError) or _is_refusal(error.__cause__))


def _kind(error: Exception) -> str:
    if isinstance(error, RedisClusterException) and isinstance(error.__cause__, Exception):
        return _kind(error.__cause__)
    if isinstance(error, (StoreFault, SecretError)):
        return str(error)
    code = re.match(r"[A-Z]{3,20}\b", str(error))
    return f"{type(error).__name__} {code.group()}" if code else type(error).__name__
