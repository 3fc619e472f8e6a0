"""Why a token is not accepted."""

from __future__ import annotations


class TokenRefused(Exception):
    """A token that is not good. The reason is for logs, a fixed phrase; it holds nothing of the token."""


class IssuerUnavailable(Exception):
    """Nobody can tell now whether a token is good. The answer to that is 503, never 401."""

    def __init__(self, problem: str, retry_after_seconds: int) -> None:
        super().__init__(f"the issuer's keys cannot be read: {problem}")
        self.retry_after_seconds = retry_after_seconds
