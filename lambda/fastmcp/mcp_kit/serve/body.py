"""The body of a request, whole and bounded."""

from __future__ import annotations

from .asgi import Message, Receive, Scope, header

#: Longest body, in bytes: a little under what AWS lets through to a function.
MAX_BODY_BYTES = 4 * 1024 * 1024


class BodyTooLarge(Exception):
    """The body is over the limit; the rest of it was not read."""


class ClientGone(Exception):
    """The client went before its request was complete."""


async def read_body(scope: Scope, receive: Receive, max_bytes: int = MAX_BODY_BYTES) -> Receive:
    """Reads the body and returns a ``receive`` that hands it over in one piece, and what comes afterwards as it comes.

    Raises:
        BodyTooLarge: before it is read where the client says how much it sends.
        ClientGone: there is nobody to answer.
    """
    length = header(scope, "content-length") or ""
    if length.isascii() and length.isdigit() and int(length) > max_bytes:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > max_bytes:
            raise BodyTooLarge
        chunks.append(chunk)
        more = message.get("more_body", False)
    whole: Message | None = {"type": "http.request", "body": b"".join(chunks), "more_body": False}

    async def replay() -> Message:
        nonlocal whole
        if whole is not None:
            message, whole = whole, None
            return message
        return await receive()

    return replay
