"""The check of tokens as FastMCP takes it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fastmcp.server.auth import AccessToken, AuthProvider, RemoteAuthProvider, TokenVerifier

from ..wiring import JwtAuthPolicy, read_wiring
from .authenticator import JwtAuthenticator
from .errors import IssuerUnavailable, TokenRefused
from .resource import published_scopes
from .verify_jwt import VerifiedToken

if TYPE_CHECKING:
    from pydantic import AnyHttpUrl


class KitTokenVerifier(TokenVerifier):
    """Verifies bearer tokens by the policy of ``MCP_AUTH``. Tools see the caller by ``get_access_token()``: ``client_id``,
    ``subject``, ``scopes``, ``expires_at`` and all ``claims``."""

    def __init__(self, authenticator: JwtAuthenticator) -> None:
        super().__init__(required_scopes=published_scopes(authenticator.policy))
        self.authenticator = authenticator

    async def verify_token(self, token: str) -> AccessToken | None:
        """The caller, or None for a token that is not good, or that nobody can check now."""
        try:
            return access_token(token, await self.authenticator.verify(token))
        except (TokenRefused, IssuerUnavailable):
            return None


def access_token(token: str, verified: VerifiedToken) -> AccessToken:
    """A verified token in FastMCP's form; new for each request, so that server code may change it."""
    return AccessToken(
        token=token,
        client_id=verified.client_id,
        scopes=list(verified.scopes),
        expires_at=int(verified.expires_at),
        subject=verified.subject,
        claims=dict(verified.claims),
    )


def jwt_provider(policy: JwtAuthPolicy, base_url: str | None) -> AuthProvider:
    """FastMCP's provider for a policy: with the metadata document where the address is known, and a bare verifier where it is
    not, because AWS tells it with each request (the host serves the document itself then)."""
    verifier = KitTokenVerifier(JwtAuthenticator(policy))
    if base_url is None:
        return verifier
    return RemoteAuthProvider(
        token_verifier=verifier,
        authorization_servers=[_verbatim(policy.issuer)],
        base_url=base_url,
    )


def is_kit_provider(provider: AuthProvider) -> bool:
    """Whether it is what ``auth()`` returns."""
    return isinstance(getattr(provider, "token_verifier", provider), KitTokenVerifier)


def auth() -> AuthProvider | None:
    """What ``FastMCP(auth=…)`` takes, from ``MCP_AUTH``: a verifier of tokens in the mode ``jwt``, None in the modes ``none`` and
    ``iam``, in which there is nothing to check.

    Only for servers that are started by something else than ``python -m mcp_kit serve``, which installs it by itself.

    Raises:
        WiringError: the environment is not complete, or the mode is ``server``: then the provider is yours to write.
    """
    from ..wiring import WiringError

    wiring = read_wiring(os.environ)
    policy = wiring.auth
    if isinstance(policy, JwtAuthPolicy):
        return jwt_provider(policy, wiring.base_url)
    if policy.mode == "server":
        raise WiringError(
            "MCP_AUTH",
            'has the mode "server": the server\'s own code makes the provider, as FastMCP(auth=GitHubProvider(…))',
            '{"mode":"none"}',
        )
    return None


def _verbatim(issuer: str) -> AnyHttpUrl:
    from pydantic import AnyHttpUrl

    return AnyHttpUrl(issuer)
