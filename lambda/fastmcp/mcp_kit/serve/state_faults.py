"""State fails closed: where its store has failed, a refusal says so instead of blaming the client."""

from __future__ import annotations

from ..store_faults import watch_faults
from .asgi import Message, Send
from .replies import json_reply

#: Seconds after which a client should try again.
_RETRY_AFTER = "5"


def closed_on_faults(send: Send) -> Send:
    """Begins a watch on the store of this request, and returns a ``send`` that turns its refusal into 503 where the store failed.

    FastMCP takes a fault of its storage for a token that is not good: 401, or ``invalid_grant``. Clients would throw away
    tokens that are good, and ask a person to sign in again. What has succeeded in spite of a fault stays as it is.
    """
    watch = watch_faults()
    replaced = False

    async def sending(message: Message) -> None:
        nonlocal replaced
        if replaced:
            return
        if message["type"] == "http.response.start" and message["status"] >= 400 and watch.seen:
            replaced = True
            body = {"error": "temporarily_unavailable", "error_description": "The storage does not answer: try again"}
            await json_reply(503, body, {"retry-after": _RETRY_AFTER, "cache-control": "no-store"}).send(send)
            return
        await send(message)

    return sending
