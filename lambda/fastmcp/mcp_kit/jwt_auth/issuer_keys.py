"""The public keys of one issuer."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ..kept_value import Trust
from ..wiring import is_secure_url
from .errors import IssuerUnavailable
from .fetch_json import FetchError, fetch_json
from .refreshing_value import RefreshingValue

#: Larger key sets and metadata are refused: the largest public issuers stay under 32 KiB.
_MAX_BYTES = 256 * 1024
_MAX_KEYS = 100
_TRUST = Trust(fresh=600, lazy=3600, stale=24 * 3600, retry=30, cold_retry=5)

KeySet = list[Any]
T = TypeVar("T")


class IssuerKeys:
    """Ten minutes old they are renewed behind the callers' backs, and while the issuer is down the old ones serve for a day. A
    key id that they lack is asked for at most every 30 seconds."""

    def __init__(
        self,
        issuer: str,
        jwks_uri: str | None,
        *,
        timeout_seconds: float,
        now: Callable[[], float],
        warn: Callable[[str], None],
    ) -> None:
        """
        Args:
            issuer: The issuer, as in tokens.
            jwks_uri: Address of the key set; None: ``jwks_uri`` of the issuer's metadata.
            timeout_seconds: For reading metadata and keys together.
            now: Seconds since the epoch.
            warn: Told in words when the keys could not be read, also when old ones still serve.
        """
        self._issuer = issuer
        self._jwks_uri = jwks_uri
        self._timeout = timeout_seconds
        self._keys: RefreshingValue[KeySet] = RefreshingValue(
            self._load, _TRUST, now, lambda error: warn(_describe(error))
        )

    async def current(self) -> KeySet:
        """The keys.

        Raises:
            IssuerUnavailable: there are none to check with.
        """
        return await self._or_unavailable(self._keys.get())

    async def newer(self, than: KeySet) -> KeySet | None:
        """A newer set than one in which a key was missing; None when the issuer was asked a moment ago: the key does not exist.

        Raises:
            IssuerUnavailable: the issuer could not be asked.
        """
        return await self._or_unavailable(self._keys.renew(than))

    async def _or_unavailable(self, read: Awaitable[T]) -> T:
        try:
            return await read
        except Exception as error:
            raise IssuerUnavailable(_describe(error), self._keys.retry_after_seconds()) from None

    async def _load(self) -> KeySet:
        deadline = time.monotonic() + self._timeout

        async def read(url: str) -> Any:
            left = max(0.001, deadline - time.monotonic())
            return await fetch_json(url, timeout_seconds=left, max_bytes=_MAX_BYTES)

        address = self._jwks_uri or await _discover(self._issuer, read)
        document = await read(address)
        keys = document.get("keys") if isinstance(document, dict) else None
        if not isinstance(keys, list) or not keys:
            raise ValueError("the key set has no keys")
        if len(keys) > _MAX_KEYS:
            raise ValueError(f"the key set has more than {_MAX_KEYS} keys")
        if not all(isinstance(key, dict) for key in keys):
            raise ValueError("the key set is malformed")
        return keys


async def _discover(issuer: str, read: Callable[[str], Awaitable[Any]]) -> str:
    """Finds ``jwks_uri`` in the issuer's metadata, in the order of the MCP specification (2026-07-28, authorization server
    discovery): RFC 8414 with the path inserted, then OpenID Connect with the path inserted, then appended."""
    problems: list[str] = []
    for url in _metadata_urls(issuer):
        try:
            document = await read(url)
        except FetchError as error:
            # An issuer that answers may have the document elsewhere; one that does not answer is down.
            if error.status is None:
                raise
            problems.append(str(error))
            continue
        members = document if isinstance(document, dict) else {}
        jwks_uri = members.get("jwks_uri")
        if members.get("issuer") != issuer:
            problems.append(f"{url}: names another issuer")
        elif not isinstance(jwks_uri, str) or not _acceptable(jwks_uri, issuer):
            problems.append(f'{url}: has no https "jwks_uri"')
        else:
            return jwks_uri
    raise ValueError("; ".join(problems))


def _acceptable(jwks_uri: str, issuer: str) -> bool:
    """An https issuer must not send the server to plain http, not even on its own machine."""
    try:
        scheme = urlsplit(jwks_uri).scheme
    except ValueError:
        return False
    return is_secure_url(jwks_uri) and (scheme == "https" or urlsplit(issuer).scheme == "http")


def _metadata_urls(issuer: str) -> list[str]:
    parts = urlsplit(issuer)
    origin = f"{parts.scheme}://{parts.netloc}"
    path = parts.path.removesuffix("/")
    urls = [
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}/.well-known/openid-configuration{path}",
        f"{origin}{path}/.well-known/openid-configuration",
    ]
    return list(dict.fromkeys(urls))


def _describe(error: Exception) -> str:
    return str(error) or type(error).__name__
