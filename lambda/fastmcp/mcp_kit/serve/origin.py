"""Origin and Host checks.

A page that a person visits can make their browser send requests to any address, also to a server on their own machine, under
a name that the page's owner has pointed there (DNS rebinding). Browsers say which page it was in ``Origin``, and which name
they used in ``Host``. The same decisions as in the TypeScript host.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import urlsplit

#: Names of this machine, as they stand in a URL.
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")

#: An origin is scheme, host and port. ``null``, lists and whatever has a path is none.
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://([^/?#\s@,\\]+)", re.IGNORECASE)


def origin_allowed(origin: str | None, own: str, allowed: Collection[str] = ()) -> bool:
    """Whether the page may call. Clients that are not browsers send no ``Origin``, and pass.

    Args:
        origin: The header.
        own: The server's public origin.
        allowed: Origins as ``https://app.example.com``; ``*`` admits all but the opaque origin ``null``.
    """
    if not origin or origin == own or origin in allowed:
        return True
    match = _ORIGIN.fullmatch(origin)
    name = host_name(match.group(2)) if match else None
    if match is None or name is None:
        return False
    return "*" in allowed or (match.group(1).lower() == "http" and name in LOOPBACK_NAMES)


def host_allowed(host: str | None, names: Collection[str]) -> bool:
    """Whether the server was called by one of its names; ports do not matter."""
    return bool(host) and host_name(host or "") in names


def host_name(host: str) -> str | None:
    """The name in a ``Host`` header as it stands in a URL, without the port; None when it is none."""
    if not re.fullmatch(r"[^/?#\s@,\\]+", host):
        return None
    try:
        parts = urlsplit(f"http://{host}")
        _ = parts.port
    except ValueError:
        return None
    name = parts.hostname
    if not name:
        return None
    return f"[{name}]" if ":" in name else name
