"""A value that lives elsewhere, kept near. For coroutines: its loads are requests of this event loop."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from ..kept_value import KeptValue, Step, Trust

T = TypeVar("T")


class RefreshingValue(Generic[T]):
    """Loaded once for all who wait, refreshed behind their backs, and still there when its source is not.

    What ``Refreshing`` is for threads. Both ask a ``KeptValue`` what is due; how callers wait for one load differs.
    """

    def __init__(
        self,
        load: Callable[[], Awaitable[T]],
        trust: Trust,
        now: Callable[[], float],
        on_error: Callable[[Exception], None],
    ) -> None:
        """
        Args:
            load: Loads the value. Must bound its own time.
            trust: How long it is trusted.
            now: Seconds since the epoch.
            on_error: Told about every failed load, also of those that no caller waits for.
        """
        self._load = load
        self._on_error = on_error
        self._kept: KeptValue[T] = KeptValue(trust, now)
        self._flight: asyncio.Task[T] | None = None

    async def get(self) -> T:
        """The value.

        Raises:
            Exception: what ``load`` raised, when there is no value young enough to fall back on.
        """
        held = self._kept.held
        step = self._kept.step(held)
        if step is Step.FAIL:
            return self._kept.fall_back()
        if held is not None and step is Step.USE:
            return held.value
        flight = self._reload()
        if held is not None and step is Step.REFRESH:
            return held.value
        try:
            return await asyncio.shield(flight)
        except Exception:
            return self._kept.fall_back()

    async def renew(self, seen: T) -> T | None:
        """A newer value than one that proved too old (an unknown key id, say). Loads at most once per pause, so that callers who
        make up ids cannot make this process hammer the source.

        Returns:
            None when there is none yet.

        Raises:
            Exception: what ``load`` raised, when the last attempt failed: nobody knows whether there is a newer value.
        """
        kept = self._kept
        if kept.held is not None and kept.held.value is not seen:
            return kept.held.value
        if not self._flight and kept.pause() > 0:
            if kept.failure:
                raise kept.failure
            return None
        return await asyncio.shield(self._reload())

    def retry_after_seconds(self) -> int:
        """Whole seconds until another attempt makes sense; at least 1."""
        return max(1, math.ceil(self._kept.pause()))

    def _reload(self) -> asyncio.Task[T]:
        """The load under way. Waited for behind a shield: a caller that goes away must not take it from the others."""
        if self._flight is None:
            self._flight = asyncio.ensure_future(self._once())
            self._flight.add_done_callback(self._landed)
        return self._flight

    def _landed(self, flight: asyncio.Task[T]) -> None:
        self._flight = None
        if not flight.cancelled():
            flight.exception()  # looked at: it was told through on_error

    async def _once(self) -> T:
        try:
            return self._kept.loaded(await self._load())
        except Exception as error:
            self._kept.failed(error)
            self._on_error(error)
            raise
