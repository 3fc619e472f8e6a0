"""A value that lives elsewhere, kept near. Blocking, for threads: its loads are calls of botocore."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Trust:
    """How long a value is trusted. All in seconds."""

    #: Younger than this, the value is used as it is.
    fresh: float = 300
    #: Younger than this, it is used while another one is loaded; older, callers wait for the load.
    lazy: float = 900
    #: Older than this, it is not used even when loading fails.
    stale: float = 24 * 3600
    #: Pause between loads when the last one failed.
    retry: float = 30
    #: The same, while there is no value to fall back on.
    cold_retry: float = 1


class Refreshing(Generic[T]):
    """Loaded once for all who wait, refreshed behind their backs, and still there when its source is not.

    Wall time on purpose: a frozen Lambda instance must notice that hours have passed.
    """

    def __init__(self, load: Callable[[], T], trust: Trust = Trust(), now: Callable[[], float] = time.time) -> None:
        self._load = load
        self._trust = trust
        self._now = now
        self._lock = threading.Lock()
        self._refreshing = threading.Lock()
        self._held: tuple[T, float] | None = None
        self._failure: tuple[Exception, float] | None = None

    def get(self) -> T:
        """The value. Raises what loading raised when there is none to fall back on."""
        held = self._held
        age = self._age(held)
        if held is not None and age < self._trust.fresh:
            return held[0]
        if held is not None and age < self._trust.lazy:
            if self._may_load() and self._refreshing.acquire(blocking=False):
                threading.Thread(target=self._refresh_behind, daemon=True).start()
            return held[0]
        with self._lock:
            held = self._held
            if held is not None and self._age(held) < self._trust.fresh:
                return held[0]
            if not self._may_load():
                return self._fall_back()
            try:
                return self._reload()
            except Exception:
                return self._fall_back()

    def at_hand(self) -> T | None:
        """The value where it can be had without waiting, and refreshed behind the caller's back where that is due."""
        return self.get() if self._age(self._held) < self._trust.lazy else None

    def renew(self) -> T:
        """Loads it again, because what is held was refused elsewhere; at most once in two seconds."""
        with self._lock:
            held = self._held
            if held is not None and self._age(held) < 2:
                return held[0]
            return self._reload()

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
            value = self._load()
        except Exception as error:
            self._failure = (error, self._now())
            raise
        self._failure = None
        self._held = (value, self._now())
        return value

    def _may_load(self) -> bool:
        if self._failure is None:
            return True
        pause = self._trust.retry if self._held is not None else self._trust.cold_retry
        return not 0 <= self._now() - self._failure[1] < pause

    def _fall_back(self) -> T:
        if self._held is not None and self._age(self._held) < self._trust.stale:
            return self._held[0]
        assert self._failure is not None
        raise self._failure[0]

    def _age(self, held: tuple[T, float] | None) -> float:
        if held is None:
            return float("inf")
        age = self._now() - held[1]
        return age if age >= 0 else float("inf")  # the clock was set back: nothing is known about the age
