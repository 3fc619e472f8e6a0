"""The store of the deployment, in the namespace of this server."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping

from key_value.aio.protocols.key_value import AsyncKeyValue
from key_value.aio.wrappers.prefix_collections import PrefixCollectionsWrapper

from .encrypted import RingEncryption
from .guarded import GuardedStore
from .keys import ring_of
from .laptop import on_a_laptop
from .stores.errors import StoreUrlError
from .stores.open import open_store
from .stores.opened import OpenedStore
from .wiring import KEYS_SECRET, STORE_URL, WiringError, read_allow_lost_writes, read_server_name, read_store_url

_opened: dict[str, OpenedStore] = {}
_lock = threading.Lock()


def opened_store(env: Mapping[str, str] = os.environ) -> OpenedStore:
    """What ``MCP_STORE_URL`` opens, one for each process.

    Raises:
        WiringError: the variable is missing, or cannot be used.
    """
    url = read_store_url(env)
    with _lock:
        if url not in _opened:
            try:
                _opened[url] = open_store(url)
            except StoreUrlError as error:
                raise WiringError(STORE_URL, f"cannot be used: {error.problem}", error.example) from error
        return _opened[url]


def server_store() -> AsyncKeyValue:
    """The store of the deployment for the server's own data: collections are ``NAME__collection``, not encrypted by the kit.

    Calls are bounded in time and raise ``StoreFault``.
    """
    opened = opened_store()
    return PrefixCollectionsWrapper(GuardedStore(opened.store, opened.scheme), prefix=read_server_name())


def oauth_storage() -> AsyncKeyValue:
    """Where FastMCP's OAuth proxy keeps clients and tokens: ``GitHubProvider(client_storage=oauth_storage())``.

    Collections are ``NAME__collection``; values are Fernet envelopes, made with the first key of the ring and read with all.
    A fault raises ``StoreFault``; the host turns what FastMCP makes of it into 503.

    Raises:
        WiringError: the store would lose what it acknowledges or hide it from other instances, or there is no key ring.
    """
    opened = opened_store()
    accepted = opened.loses_writes and read_allow_lost_writes()
    if opened.unfit_for_state is not None and not accepted and not on_a_laptop():
        raise WiringError(STORE_URL, f"is no place for clients and tokens: this store {opened.unfit_for_state}", _EXAMPLE)
    namespace = PrefixCollectionsWrapper(opened.store, prefix=read_server_name())
    ring = ring_of()
    if ring is None:
        if not on_a_laptop():
            problem = "is not set, and tokens are never stored in clear"
            raise WiringError(KEYS_SECRET, problem, "arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf")
        return GuardedStore(namespace, opened.scheme)
    return GuardedStore(RingEncryption(namespace, ring), opened.scheme)


_EXAMPLE = "dynamodb://my-table?region=us-east-1"
