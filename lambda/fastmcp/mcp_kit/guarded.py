"""A store with bounded time and discreet errors, for state: it fails closed."""

from __future__ import annotations

import asyncio
import logging
from typing import TypeVar

from key_value.aio.protocols.key_value import AsyncKeyValue

from .each_call import Call, EachCall
from .store_faults import note_fault
from .stores.errors import StoreFault

T = TypeVar("T")
_log = logging.getLogger("mcp_kit.store")

#: Seconds for one call, attempts included, as in the TypeScript half.
PATIENCE = 8.0


class GuardedStore(EachCall):
    """Turns whatever goes wrong below into a ``StoreFault`` without a key, a value or an address of a client's library in it."""

    def __init__(self, key_value: AsyncKeyValue, name: str, patience: float = PATIENCE) -> None:
        self._store = key_value
        self._name = name
        self._patience = patience

    async def _each(self, verb: str, call: Call[T], nothing: T) -> T:
        try:
            return await asyncio.wait_for(call(self._store), self._patience)
        except Exception as error:
            note_fault()
            told = str(error) if isinstance(error, StoreFault) else f"{self._name}: {verb}: {type(error).__name__}"
            _log.error("store fault: %s", told)
            raise StoreFault(told) from None
