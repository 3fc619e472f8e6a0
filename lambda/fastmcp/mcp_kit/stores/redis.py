"""``rediss://…`` and ``valkeys://…``: Redis, Valkey, ElastiCache, MemoryDB."""

from __future__ import annotations

import re
from typing import Any

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError

from .credentials import secret_credentials
from .opened import OpenedStore
from .redis_entries import RedisEntries
from .redis_login import Login, iam_login, secret_login
from .url import StoreUrl

_EXAMPLE = "valkeys://user@host:6379?auth=iam&cache=NAME&cluster=true"
_OPTIONS = ("auth", "ca", "cache", "cluster", "durable", "plaintext", "region", "secret", "serverless")
#: Seconds to connect, with TLS, and to wait for an answer.
_CONNECT_TIMEOUT = 2.0
_ANSWER_TIMEOUT = 3.0
_ATTEMPTS = 3


class _FirstArgument:
    """Where the key of a command is. redis-py would ask the server with COMMAND, which an access string does not allow."""

    async def initialize(self, node: object) -> None:
        """Nothing to ask for."""

    async def get_keys(self, *arguments: Any) -> list[Any]:
        """Of GET, SET and GETDEL the first argument."""
        return [arguments[1]]


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
