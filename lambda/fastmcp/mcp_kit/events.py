"""The event store, for streams that a client may resume."""

from __future__ import annotations

import os
from collections.abc import Mapping

from fastmcp.server.event_store import EventStore

from .deployed_store import server_store


def event_store(env: Mapping[str, str] = os.environ) -> EventStore | None:
    """An event store on the store of the deployment, for ``http_app(event_store=event_store(), stateless_http=False)``.

    It makes sense in one place: a single long-lived process with sessions, which the host of the kit does not make. Streams of
    FastMCP are resumed only by the process that began them, however shared the store is, and revision 2026-07-28 of the
    protocol has neither sessions nor resumption.

    Returns:
        None on Lambda, where every request may meet another instance.
    """
    if env.get("AWS_LAMBDA_FUNCTION_NAME"):
        return None
    return EventStore(storage=server_store())
