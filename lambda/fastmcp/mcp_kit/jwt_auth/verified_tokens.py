"""Tokens that were verified a moment ago."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from .verify_jwt import VerifiedToken

#: Longest time that a verification is trusted, in seconds: a key that the issuer withdraws is out after this.
_MAX_AGE = 60


class VerifiedTokens:
    """A signature costs 100 µs and more, a look-up one or two. Keys are hashes, so that the process keeps no list of bearer
    tokens. Only good tokens enter, so garbage cannot fill it."""

    def __init__(self, capacity: int, now: Callable[[], float]) -> None:
        self._entries: dict[bytes, tuple[VerifiedToken, float]] = {}
        self._capacity = capacity
        self._now = now

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, token: str) -> VerifiedToken | None:
        """The token, when it was verified in the last minute and has not expired since."""
        key = _digest(token)
        entry = self._entries.get(key)
        if entry is None:
            return None
        left = entry[1] - self._now()
        # More left than there can be: the clock was set back.
        if 0 < left <= _MAX_AGE:
            return entry[0]
        del self._entries[key]
        return None

    def add(self, token: str, verified: VerifiedToken) -> None:
        """Keeps the token until it expires, a minute at most. One that lives on clock tolerance alone is not kept."""
        until = min(verified.expires_at, self._now() + _MAX_AGE)
        if until <= self._now() or self._capacity < 1:
            return
        if len(self._entries) >= self._capacity:
            del self._entries[next(iter(self._entries))]
        self._entries[_digest(token)] = (verified, until)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
