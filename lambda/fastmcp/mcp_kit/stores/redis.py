"""``rediss://…`` and ``valkeys://…``: the entries of py-key-value's RedisStore, by the commands that an access string allows.

py-key-value's own store writes with SETEX, MSET and DEL, which the user of a server may not call, and knows no cluster. This
one needs GET, SET and GETDEL, one key at a time, so that no command crosses slots.
"""

from __future__ import annotations

import re
from typing import Any

from key_value.aio.errors import DeserializationError
from key_value.aio.stores.base import BaseStore
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import AuthenticationError, RedisClusterException, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ..secret_text import SecretError
from .credentials import secret_credentials
from .entry import ManagedEntry
from .errors import StoreFault
from .opened import OpenedStore
from .redis_login import Login, iam_login, secret_login
from .url import StoreUrl

_EXAMPLE = "valkeys://user@host:6379?auth=iam&cache=NAME&cluster=true"
_OPTIONS = ("auth", "ca", "cache", "cluster", "durable", "plaintext", "region", "secret", "serverless")
#: Seconds to connect, with TLS, and to wait for an answer.
_CONNECT_TIMEOUT = 2.0
_ANSWER_TIMEOUT = 3.0
_ATTEMPTS = 3
_FAULTS = (RedisError, RedisClusterException, OSError)


class _FirstArgument:
    """Where the key of a command is. redis-py would ask the server with COMMAND, which an access string does not allow."""

    async def initialize(self, node: object) -> None:
        """Nothing to ask for."""

    async def get_keys(self, *arguments: Any) -> list[Any]:
        """Of GET, SET and GETDEL the first argument."""
        return [arguments[1]]


class RedisEntries(BaseStore):
    """One string for each entry, named ``collection::key``."""

    def __init__(self, connection: Redis | RedisCluster, where: str, login: Login | None) -> None:
        self._connection = connection
        self._where = where
        self._login = login
        super().__init__(stable_api=True)

    async def _get_managed_entry(self, *, collection: str, key: str) -> ManagedEntry | None:
        text = await self._call("GET", _name(collection, key))
        if not isinstance(text, str):
            return None
        try:
            return self._serialization_adapter.load_json(json_str=text)
        except DeserializationError:
            raise StoreFault(f"{self._where}: what is stored is no entry") from None

    async def _put_managed_entry(self, *, collection: str, key: str, managed_entry: ManagedEntry) -> None:
        text = self._serialization_adapter.dump_json(entry=managed_entry, key=key, collection=collection)
        left = managed_entry.ttl
        # Up to whole seconds: readers look at expires_at, the server's own deletion only frees memory.
        expiry = () if left is None else ("EX", max(-int(-left // 1), 1))
        await self._call("SET", _name(collection, key), text, *expiry)

    async def _delete_managed_entry(self, *, key: str, collection: str) -> bool:
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
            raise StoreFault(f"{self._where}: {error}") from None
        except _FAULTS as error:  # a message of the server's may quote a key
            raise StoreFault(f"{self._where}: {command[0]}: {_kind(error)}") from None

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


def open_url(text: str) -> OpenedStore:
    """Opens Redis or Valkey: ``SCHEME://[user@]host[:port][/database]``."""
    url = StoreUrl(text, options=_OPTIONS, example=_EXAMPLE)
    tls = url.parts.scheme in ("rediss", "valkeys")
    url.check_transport(tls=tls, advice="write rediss: or valkeys:")
    path = re.fullmatch(r"/?(\d{0,5})", url.parts.path)
    if path is None:
        url.fail("has the number of a database as its path, or no path")
    database = int(path.group(1) or 0)
    cluster = url.flag("cluster")
    if cluster and database:
        url.fail("with cluster=true has no database: clusters have only database 0")
    login = _login(url, tls)
    options: dict[str, Any] = {
        "host": url.host,
        "port": url.port or 6379,
        "credential_provider": login,
        "decode_responses": True,
        "protocol": 2,  # a third version greets with commands that an access string does not allow
        "lib_name": None,
        "lib_version": None,
        "socket_connect_timeout": _CONNECT_TIMEOUT,
        "socket_timeout": _ANSWER_TIMEOUT,
        "ssl": tls,
        **({"ssl_ca_certs": url.ca()} if tls and url.ca() else {}),
    }
    retry: Any = Retry(ExponentialBackoff(cap=0.5, base=0.05), _ATTEMPTS, supported_errors=(RedisConnectionError, RedisTimeoutError))
    if cluster:
        connection: Any = RedisCluster(**options, require_full_coverage=False, cluster_error_retry_attempts=_ATTEMPTS)
        connection.commands_parser = _FirstArgument()
    else:
        connection = Redis(**options, db=database, retry=retry, retry_on_timeout=False, max_connections=64)
    durable = url.flag("durable")
    return OpenedStore(
        RedisEntries(connection, f"{url.parts.scheme} {url.host}", login),
        url.parts.scheme,
        unfit_for_state=None
        if durable
        else "acknowledges a write before a replica has it, so that a failover loses clients and tokens: use dynamodb:, or add "
        "durable=true where writes are durable (MemoryDB, ElastiCache for Valkey with synchronous durability), or accept the "
        "loss by allowLostWrites, which is MCP_ALLOW_LOST_WRITES=true",
        loses_writes=not durable,
        cache_patience=0.1,
    )


def _login(url: StoreUrl, tls: bool) -> Login | None:
    secret = url.secret_arn()
    region = url.region()
    cache = url.text("cache")
    if url.choice("auth", ("iam",)) is None:
        for name in ("cache", "region", "serverless"):
            if url.text(name) is not None:
                url.fail(f"has {name} only beside auth=iam")
        if secret is not None:
            return secret_login(url.user, secret_credentials(secret))
        if url.user is not None:
            url.fail("that names a user says how it proves itself: auth=iam&cache=NAME, or secret=ARN")
        return None
    if secret is not None:
        url.fail("has either auth=iam or secret=ARN")
    if not tls:
        url.fail("with auth=iam needs TLS: write rediss: or valkeys:")
    if url.user is None:
        url.fail("with auth=iam names the user before the host")
    if cache is None or not re.fullmatch(r"[a-z][a-z0-9-]{0,49}", cache):
        url.fail("with auth=iam names the cache or replication group in lower case: cache=NAME")
    return iam_login(url.user, cache, serverless=url.flag("serverless"), region=region)


