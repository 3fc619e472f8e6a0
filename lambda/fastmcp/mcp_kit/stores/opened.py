"""A store, and what the rest needs to know about it."""

from __future__ import annotations

from dataclasses import dataclass

from key_value.aio.protocols.key_value import AsyncKeyValue


@dataclass(frozen=True)
class OpenedStore:
    """What a URL opens."""

    store: AsyncKeyValue
    #: Scheme of its URL, for messages.
    scheme: str
    #: Why OAuth state must not be kept here and what to use instead, after "this store". None where it may.
    unfit_for_state: str | None = None
    #: Whether that is a failover which loses writes, and nothing else: whoever deploys may accept it.
    loses_writes: bool = False
    #: Largest value that fits, in bytes of its JSON; None for no limit that a response would reach.
    largest_value: int | None = None
    #: Seconds that a cache waits for it before it goes on without.
    cache_patience: float = 0.25
