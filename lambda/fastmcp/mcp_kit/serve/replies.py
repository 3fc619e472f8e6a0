"""Answers that the host gives by itself."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from .asgi import Send


@dataclass(frozen=True)
class Reply:
    """An answer that is all there. Names of headers are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    async def send(self, send: Send, *, head: bool = False) -> None:
        """Sends it whole; without the body to HEAD."""
        headers = dict(self.headers)
        if self.status not in (204, 304):
            headers["content-length"] = str(len(self.body))
        raw = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": b"" if head else self.body})


def json_reply(status: int, value: object, headers: Mapping[str, str] | None = None) -> Reply:
    """An answer in JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, {"content-type": "application/json", **(headers or {})}, body)


def rpc_error_reply(status: int, code: int, message: str, headers: Mapping[str, str] | None = None) -> Reply:
    """An error of JSON-RPC for a request whose id is not known, or not read."""
    return json_reply(status, {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": None}, headers)


def body_too_large_reply(max_bytes: int) -> Reply:
    """A body over the limit. The connection is closed: what is left of the body will not be read."""
    message = f"Payload Too Large: Request body must not exceed {max_bytes} bytes"
    return rpc_error_reply(413, -32000, message, {"connection": "close"})
