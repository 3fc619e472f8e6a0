"""A value that lives elsewhere, kept near."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Patience:
    """How long a value is trusted. All in seconds."""

    #: Younger than this, the value is used as it is.
    fresh: float
    #: Younger than this, the value is used while another one loads; older, callers wait for the load.
    lazy: float
    #: Older than this, the value is not used even when loading fails.
    stale: float
    #: Pause between loads when the last one failed, or when ``renew`` asks for more.
    retry: float
    #: Pause after a failed load when there is no value to fall back on.
    cold_retry: float


class RefreshingValue(Generic[T]):
    """Loaded once for all who wait, refreshed behind their backs, and still there when its source is not.

    The clock is wall time on purpose: a frozen Lambda instance must notice that hours have passed.
    """

    def __init__(
        self,
        load: Callable[[], Awaitable[T]],
        patience: Patience,
        now: Callable[[], float],
        on_error: Callable[[Exception], None],
    ) -> None:
        """
        Args:
            load: Loads the value. Must bound its own time.
            patience: How long it is trusted.
            now: Seconds since the epoch.
            on_error: Told about every failed load, also of those that no caller waits for.
        """
        self._load = load
        self._patience = patience
        self._now = now
        self._on_error = on_error
        self._held: tuple[T, float] | None = None
        self._flight: asyncio.Task[T] | None = None
        self._last_end = -math.inf
        self._failure: Exception | None = None

    async def get(self) -> T:
        """The value.

        Raises:
            Exception: what ``load`` raised, when there is no value young enough to fall back on.
        """
        if self._held is None:
            if self._failure and not self._flight and self._pause() > 0:
                raise self._failure
            return await asyncio.shield(self._reload())
        value, at = self._held
        age = self._now() - at
        # A negative age means that the clock was set back: the true age is unknown.
        if 0 <= age < self._patience.fresh:
            return value
        usable = 0 <= age < self._patience.stale
        if self._failure and not self._flight and self._pause() > 0:
            if usable:
                return value
            raise self._failure
        reload = self._reload()
        if 0 <= age < self._patience.lazy:
            return value
        try:
            return await asyncio.shield(reload)
        except Exception:
            if usable:
                return value
            raise

    async def renew(self, seen: T) -> T | None:
        """A newer value than one that proved too old (an unknown key id, say). Loads at most once per pause, so that callers who
        make up ids cannot make this process hammer the source.

        Returns:
            None when there is none yet.

        Raises:
            Exception: what ``load`` raised, when the last attempt failed: nobody knows whether there is a newer value.
        """
        if self._held is not None and self._held[0] is not seen:
            return self._held[0]
        if not self._flight and self._pause() > 0:
            if self._failure:
                raise self._failure
            return None
        return await asyncio.shield(self._reload())

    def retry_after_seconds(self) -> int:
        """Whole seconds until another attempt makes sense; at least 1."""
        pause = self._pause()
        return max(1, math.ceil(pause)) if math.isfinite(pause) else 1

    def _pause(self) -> float:
        pause = self._patience.retry if self._held is not None else self._patience.cold_retry
        passed = self._now() - self._last_end
        return 0.0 if passed < 0 else pause - passed

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
            value = await self._load()
        except Exception as error:
            self._failure = error
            self._on_error(error)
            raise
        else:
            self._failure = None
            self._held = (value, self._now())
            return value
        finally:
            self._last_end = self._now()
