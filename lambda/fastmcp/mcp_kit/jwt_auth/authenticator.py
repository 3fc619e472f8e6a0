"""A resource server for OAuth 2.1 bearer tokens in the form of JWTs."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..serve.replies import Reply
from ..wiring import JWT_ALGORITHMS, JwtAuthPolicy, is_secure_url
from . import challenge
from .bearer import MalformedCredentials, bearer_token
from .errors import IssuerUnavailable, TokenRefused
from .issuer_keys import IssuerKeys
from .resource import published_scopes, resource_metadata_url
from .verified_tokens import VerifiedTokens
from .verify_jwt import JwtRules, VerifiedToken, verify_jwt

#: Longer tokens are refused unread. Most hosts pass no more than 16 KiB of headers anyway.
_MAX_TOKEN_LENGTH = 16 * 1024
_MAX_CLOCK_TOLERANCE = 60

_log = logging.getLogger("mcp_kit.auth")


@dataclass(frozen=True)
class Refusal:
    """What to send instead, and why: a fixed phrase for logs, nothing of the token. The client is not told."""

    reply: Reply
    reason: str


@dataclass(frozen=True)
class Caller:
    """Who is calling: the token, and what it says."""

    token: str
    verified: VerifiedToken


class JwtAuthenticator:
    """Checks who is calling. One per process; keeps the issuer's keys.

    The token is read from the ``Authorization`` header only. Refusals carry the challenge that lets a client find the issuer; an
    issuer that cannot be reached is 503 with ``Retry-After``.
    """

    def __init__(
        self,
        policy: JwtAuthPolicy,
        *,
        clock_tolerance_seconds: float = _MAX_CLOCK_TOLERANCE,
        remembered_tokens: int = 1000,
        issuer_timeout_seconds: float = 5,
        now: Callable[[], float] = time.time,
        warn: Callable[[str], None] = _log.warning,
    ) -> None:
        """
        Args:
            policy: What a token must be.
            clock_tolerance_seconds: By which the clocks of issuer and server may differ, 0 to 60.
            remembered_tokens: How many verified tokens are remembered, each for a minute at most. 0 switches this off.
            issuer_timeout_seconds: For reading the issuer's metadata and keys.
            now: The clock, in seconds since the epoch.
            warn: Told when the issuer's keys could not be read; the text holds the address and the fault.

        Raises:
            ValueError: the policy could not be safe: an http issuer, a symmetric algorithm, no audience.
        """
        _check_policy(policy)
        if not 0 <= clock_tolerance_seconds <= _MAX_CLOCK_TOLERANCE:
            raise ValueError(f"clock_tolerance_seconds must be 0 to {_MAX_CLOCK_TOLERANCE}, got {clock_tolerance_seconds}")
        algorithms = JWT_ALGORITHMS if policy.algorithms is None else policy.algorithms
        self.policy = policy
        self._scopes = published_scopes(policy)
        self._rules = JwtRules(policy.issuer, policy.audience, algorithms, clock_tolerance_seconds, now)
        self._verified = VerifiedTokens(remembered_tokens, now)
        self._keys = IssuerKeys(
            policy.issuer,
            policy.jwks_uri,
            timeout_seconds=issuer_timeout_seconds,
            now=now,
            warn=lambda problem: warn(f"cannot read the keys of the issuer {policy.issuer}: {problem}"),
        )

    async def authenticate(self, authorization: str | None, origin: str) -> Caller | Refusal:
        """Decides about one request.

        Args:
            authorization: The header; None when there is none.
            origin: Public origin of the server, for the challenge.
        """
        context = challenge.ChallengeContext(resource_metadata_url(origin), self._scopes)
        try:
            token = bearer_token(authorization)
        except MalformedCredentials:
            return Refusal(challenge.request_malformed(context), "malformed Authorization header")
        if token is None:
            return Refusal(challenge.credentials_missing(context), "no bearer token")
        try:
            verified = await self.verify(token)
        except IssuerUnavailable as error:
            return Refusal(challenge.check_unavailable(error.retry_after_seconds), "issuer unavailable")
        except TokenRefused as error:
            return Refusal(challenge.token_invalid(context), str(error))
        except Exception:
            return Refusal(challenge.token_invalid(context), "unexpected failure of the check")
        if not set(self._scopes) <= set(verified.scopes):
            return Refusal(challenge.scope_insufficient(context), "scope missing")
        return Caller(token, verified)

    async def verify(self, token: str) -> VerifiedToken:
        """Checks a token, but not its scopes.

        Raises:
            TokenRefused: it is not good.
            IssuerUnavailable: nobody can tell.
        """
        if len(token) > _MAX_TOKEN_LENGTH:
            raise TokenRefused("token too long")
        remembered = self._verified.get(token)
        if remembered is not None:
            return remembered
        verified = await verify_jwt(token, self._rules, self._keys)
        self._verified.add(token, verified)
        return verified


def _check_policy(policy: JwtAuthPolicy) -> None:
    """``read_wiring`` checks the same; a policy written in code does not pass there."""
    for address in (policy.issuer, *([policy.jwks_uri] if policy.jwks_uri is not None else [])):
        if not is_secure_url(address):
            raise ValueError(f'issuer and jwks_uri must be https URLs (http only on loopback), got "{address}"')
    if not policy.audience:
        raise ValueError('the audience must not be empty: name the value of "aud" to accept')
    if policy.algorithms is not None:
        odd = [name for name in policy.algorithms if name not in JWT_ALGORITHMS]
        if odd or not policy.algorithms:
            raise ValueError(f"algorithms must be out of {', '.join(JWT_ALGORITHMS)}, got {odd or 'none'}")
