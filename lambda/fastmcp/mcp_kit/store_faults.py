"""Faults of the store during one request.

FastMCP's OAuth proxy takes an error of its store for a token that is not good, and answers 401: the client would throw its
tokens away and ask a person to sign in again. State fails closed instead: the host opens a watch for each request, and where
the store has failed during it, its refusal becomes 503 with ``Retry-After``.
"""

from __future__ import annotations

from contextvars import ContextVar


class FaultWatch:
    """Whether the store of the state has failed since the watch began."""

    def __init__(self) -> None:
        self.seen = False


_watch: ContextVar[FaultWatch | None] = ContextVar("mcp_kit_store_faults", default=None)


def watch_faults() -> FaultWatch:
    """Begins a watch for this task and those that it starts."""
    watch = FaultWatch()
    _watch.set(watch)
    return watch


def note_fault() -> None:
    """Tells the watch of this task, if there is one."""
    watch = _watch.get()
    if watch is not None:
        watch.seen = True
