"""A value that lives elsewhere: how long it is trusted, and what is to be done about it now. Loading it is its users' part."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
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
    #: Pause between loads when the last one failed, or when somebody asks for a newer value.
    retry: float = 30
    #: The same, while there is no value to fall back on.
    cold_retry: float = 1


class Step(Enum):
    """What a caller does."""

    #: Use the value.
    USE = "use"
    #: Use it, and have another one loaded.
    REFRESH = "refresh"
    #: Load one; fall back on the value where that fails.
    LOAD = "load"
    #: Raise what the last load raised: it is too early for another one.
    FAIL = "fail"


@dataclass(frozen=True)
class Held(Generic[T]):
    """A value, and when it was loaded, in seconds since the epoch."""

    value: T
    at: float


class KeptValue(Generic[T]):
    """The value, and how its last load ended. Not locked: each attribute is set at once, and users take one look at it.

    Wall time on purpose: a frozen Lambda instance must notice that hours have passed.
    """

    def __init__(self, trust: Trust, now: Callable[[], float]) -> None:
        """
        Args:
            now: Seconds since the epoch.
        """
        self._trust = trust
        self._now = now
        self._ended = -math.inf
        #: What there is.
        self.held: Held[T] | None = None
        #: Why the last load failed; None where it did not.
        self.failure: Exception | None = None

    def loaded(self, value: T) -> T:
        """A load has ended well."""
        self.held = Held(value, self._now())
        self.failure = None
        self._ended = self.held.at
        return value

    def failed(self, error: Exception) -> None:
        """A load has failed."""
        self._ended = self._now()
        self.failure = error

    def step(self, held: Held[T] | None) -> Step:
        """What is to be done, ``held`` being what the caller has seen."""
        age = self.age(held)
        if age < self._trust.fresh:
            return Step.USE
        if self.failure is not None and self.pause() > 0:
            return Step.USE if age < self._trust.stale else Step.FAIL
        return Step.REFRESH if age < self._trust.lazy else Step.LOAD

    def fall_back(self) -> T:
        """The value, where loading has failed. Raises what loading raised when there is none that is young enough."""
        held, failure = self.held, self.failure
        if held is not None and (failure is None or self.age(held) < self._trust.stale):
            return held.value
        assert failure is not None
        raise failure

    def age(self, held: Held[T] | None) -> float:
        """Seconds; infinite where there is nothing, or the clock was set back: nothing is known about the age then."""
        age = math.inf if held is None else self._now() - held.at
        return age if age >= 0 else math.inf

    def pause(self) -> float:
        """Seconds until another load makes sense; 0 where it does."""
        passed = self._now() - self._ended
        pause = self._trust.retry if self.held is not None else self._trust.cold_retry
        return pause - passed if 0 <= passed < pause else 0.0
