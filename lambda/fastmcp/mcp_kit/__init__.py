"""What a FastMCP server takes from a deployment of the kit: its store, its cache, its keys, its address.

Everything is loaded when it is first asked for, so that a cold start pays for nothing that the server does not use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .keys import jwt_signing_key as jwt_signing_key
    from .secret_text import secret as secret
    from .wiring import read_base_url as base_url

_WHERE = {
    "base_url": ("wiring", "read_base_url"),
    "jwt_signing_key": ("keys", "jwt_signing_key"),
    "secret": ("secret_text", "secret"),
}

__all__ = [*_WHERE]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _WHERE[name]
    return getattr(import_module(f".{module}", __name__), attribute)
