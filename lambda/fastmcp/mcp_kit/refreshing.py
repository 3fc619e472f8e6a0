"""A value that lives elsewhere, kept near. Blocking, for threads: its loads are calls of botocore."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from .kept_value import Held, KeptValue, Step, Trust

T = TypeVar("T")


class Refreshing(Generic[T]):
    """Loaded once for all who wait, refreshed behind their backs, and still there when its source is not."""

    def __init__(self, load: Callable[[], T], trust: Trust = Trust(), now: Callable[[], float] = time.time) -> None:
        self._load = load
        self._kept: KeptValue[T] = KeptValue(trust, now)
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()

    def get(self) -> T:
        """The value. Raises what loading raised when there is none to fall back on."""
        near = self._near()
        if near is not None:
            return near.value
        with self._lock:
            # Somebody else may have loaded it, or failed to, while this one waited for the lock.
            if self._kept.step(self._kept.held) is not Step.LOAD:
                return self._kept.fall_back()
            try:
                return self._reload()
            except Exception:
                return self._kept.fall_back()

    def at_hand(self) -> T | None:
        """The value where it can be had without waiting, and refreshed behind the caller's back where that is due."""
        near = self._near()
        return None if near is None else near.value

    def renew(self) -> T:
        """Loads it again, because what is held was refused elsewhere; at most once in two seconds."""
        with self._lock:
            held = self._kept.held
            if held is not None and self._kept.age(held) < 2:
                return held.value
            return self._reload()

    def _near(self) -> Held[T] | None:
        held = self._kept.held
        step = self._kept.step(held)
        if held is None or step in (Step.LOAD, Step.FAIL):
            return None
        if step is Step.REFRESH and self._refreshing.acquire(blocking=False):
            threading.Thread(target=self._refresh_behind, daemon=True).start()
        return held

    def _refresh_behind(self) -> None:
        try:
            with self._lock:
                self._reload()
        except Exception:  # noqa: S110 - kept as the failure; what is held goes on serving
            pass
        finally:
            self._refreshing.release()

    def _reload(self) -> T:
        try:
            return self._kept.loaded(self._load())
        except Exception as error:
            self._kept.failed(error)
            raise
