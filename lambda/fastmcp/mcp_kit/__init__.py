"""What a FastMCP server takes from a deployment of the kit: its store, its cache, its keys, its address.

Everything is loaded when it is first asked for, so that a cold start pays for nothing that the server does not use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cache import response_cache as response_cache
    from .events import event_store as event_store
    from .keys import jwt_signing_key as jwt_signing_key
    from .request_state import request_state_security as request_state_security
    from .secret_text import secret as secret
    from .deployed_store import oauth_storage as oauth_storage
    from .deployed_store import server_store as server_store
    from .wiring import read_base_url as base_url

_WHERE = {
    "auth": ("jwt_auth.provider", "auth"),
    "base_url": ("wiring", "read_base_url"),
    "event_store": ("events", "event_store"),
    "jwt_signing_key": ("keys", "jwt_signing_key"),
    "oauth_storage": ("deployed_store", "oauth_storage"),
    "response_cache": ("cache", "response_cache"),
    "request_state_security": ("request_state", "request_state_security"),
    "secret": ("secret_text", "secret"),
    "server_store": ("deployed_store", "server_store"),
}

__all__ = [*_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(f".{module}", __name__), attribute)
