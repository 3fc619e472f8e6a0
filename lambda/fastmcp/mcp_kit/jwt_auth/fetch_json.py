"""Downloads an issuer's documents."""

from __future__ import annotations

import asyncio
import http.client
import json
import ssl
import time
from typing import Any
from urllib.parse import urlsplit


class FetchError(Exception):
    """A document could not be had. The message holds the address and what went wrong, nothing of the document."""

    def __init__(self, url: str, problem: str, status: int | None = None) -> None:
        parts = urlsplit(url)
        super().__init__(f"{parts.scheme}://{parts.netloc}{parts.path}: {problem}")
        #: Status of the answer; None when there was none.
        self.status = status


async def fetch_json(url: str, *, timeout_seconds: float, max_bytes: int) -> Any:
    """Downloads a JSON document. Follows no redirect and accepts no compression: an issuer's documents are small and live where
    its metadata says. On a connection of its own: one kept alive would be half dead after a Lambda instance was frozen.

    Args:
        url: Address, https or loopback.
        timeout_seconds: For the whole of it: connecting, headers and body.
        max_bytes: Largest body.

    Raises:
        FetchError: there is no such document within the limits.
    """
    try:
        return await asyncio.wait_for(asyncio.to_thread(_fetch, url, timeout_seconds, max_bytes), timeout_seconds + 1)
    except asyncio.TimeoutError:
        raise FetchError(url, f"no answer within {round(timeout_seconds * 1000)} ms") from None


def _fetch(url: str, timeout_seconds: float, max_bytes: int) -> Any:
    parts = urlsplit(url)
    deadline = time.monotonic() + timeout_seconds
    late = FetchError(url, f"no answer within {round(timeout_seconds * 1000)} ms")
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout_seconds, context=ssl.create_default_context()
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_seconds)
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers={"Accept": "application/json", "Accept-Encoding": "identity"})
        response = connection.getresponse()
        if response.status != 200:
            raise FetchError(url, f"status {response.status}", response.status)
        if response.headers.get("content-encoding", "identity") != "identity":
            raise FetchError(url, "a compressed answer", response.status)
        body = b""
        while chunk := response.read1(65_536):
            body += chunk
            if len(body) > max_bytes:
                raise FetchError(url, f"more than {max_bytes} bytes", response.status)
            if time.monotonic() > deadline:
                raise late
        if response.length:
            raise FetchError(url, "the answer broke off", response.status)
    except TimeoutError:
        raise late from None
    except http.client.HTTPException:
        raise FetchError(url, "the answer broke off") from None
    except OSError as error:
        raise FetchError(url, type(error).__name__) from None
    finally:
        connection.close()
    try:
        return json.loads(body)
    except ValueError:
        raise FetchError(url, "not JSON", 200) from None  # the parser's own message would quote the document
