"""What pages in browsers may send and read."""

from __future__ import annotations

import re

from .asgi import Message, Scope, Send, header
from .replies import Reply

#: Headers of requests that browser clients set: authorization, and those of the MCP transports of every revision.
_ALLOWED_HEADERS = (
    "authorization",
    "content-type",
    "accept",
    "mcp-protocol-version",
    "mcp-method",
    "mcp-name",
    "mcp-session-id",
    "last-event-id",
)

#: Parameters that a tool mirrors into headers have names of their own, which a list cannot hold.
_MIRRORED = re.compile(r"mcp-param-[a-z0-9_-]{1,100}")

#: Headers of answers that a page may read: without ``www-authenticate`` it could not find where to sign in.
_EXPOSED = b"www-authenticate, mcp-session-id, mcp-protocol-version, retry-after"


def preflight_reply(scope: Scope) -> Reply:
    """Answers a preflight of a page whose origin is allowed. Never with credentials: a bearer token is no cookie."""
    asked = (header(scope, "access-control-request-headers") or "").split(",")
    mirrored = [name for name in (part.strip().lower() for part in asked) if _MIRRORED.fullmatch(name)][:50]
    return Reply(
        204,
        {
            "access-control-allow-methods": "POST, GET, DELETE, OPTIONS",
            "access-control-allow-headers": ", ".join([*_ALLOWED_HEADERS, *mirrored]),
            "access-control-max-age": "7200",
        },
    )


def with_cors(scope: Scope, send: Send) -> Send:
    """Lets the page read the answer. Leaves answers to other clients alone, but says to caches that pages differ."""
    origin = header(scope, "origin")
    if not origin:
        return send

    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = (b"access-control-allow-origin", b"access-control-expose-headers")
            headers = [entry for entry in message.get("headers", []) if entry[0].lower() not in (*own, b"vary")]
            vary = [value for name, value in message.get("headers", []) if name.lower() == b"vary"]
            headers += [(own[0], origin.encode("latin-1")), (own[1], _EXPOSED), (b"vary", b", ".join([*vary, b"Origin"]))]
            message = {**message, "headers": headers}
        await send(message)

    return sender
