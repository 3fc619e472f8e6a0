"""Who may write notes: whoever signs in at GitHub, where the deployment says so (``McpAuth.fastmcp()``)."""

from __future__ import annotations

import json
import os
from typing import Any

from fastmcp.server.auth import AccessToken, AuthProvider, TokenVerifier
from fastmcp.server.dependencies import get_access_token

from mcp_kit import base_url, jwt_signing_key, oauth_storage, secret

_SCOPES = ["read:user"]


def sign_in() -> AuthProvider | None:
    """A provider in the mode ``server`` of ``MCP_AUTH``; None in the others, in which somebody else decides, or nobody.

    ``GITHUB_OAUTH_SECRET`` names a secret with the ``client_id`` and ``client_secret`` of an OAuth app. ``GITHUB_URL`` and
    ``GITHUB_API_URL`` are those of a GitHub Enterprise Server.
    """
    if json.loads(os.environ.get("MCP_AUTH", "{}")).get("mode") != "server":
        return None
    # Loaded here: a server that needs no provider does not pay for it at its start.
    from fastmcp.server.auth.oauth_proxy import OAuthProxy

    github = os.environ.get("GITHUB_URL", "https://github.com").rstrip("/")
    app: dict[str, Any] = secret("GITHUB_OAUTH_SECRET")
    return OAuthProxy(
        upstream_authorization_endpoint=f"{github}/login/oauth/authorize",
        upstream_token_endpoint=f"{github}/login/oauth/access_token",
        upstream_client_id=app["client_id"],
        upstream_client_secret=app["client_secret"],
        token_verifier=GitHubUser(os.environ.get("GITHUB_API_URL", "https://api.github.com").rstrip("/")),
        base_url=base_url() or f"http://localhost:{os.environ.get('PORT') or 3000}",
        valid_scopes=_SCOPES,
        client_storage=oauth_storage(),
        jwt_signing_key=jwt_signing_key(),
    )


class GitHubUser(TokenVerifier):
    """Asks GitHub whose token it is. GitHub's tokens are no JWTs: nothing can be read from them."""

    def __init__(self, api: str) -> None:
        super().__init__(required_scopes=_SCOPES)
        self._api = api

    async def verify_token(self, token: str) -> AccessToken | None:
        """The person behind a token of GitHub; None when GitHub does not know it."""
        import httpx2

        async with httpx2.AsyncClient(timeout=10) as client:
            headers = {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"}
            answer = await client.get(f"{self._api}/user", headers=headers)
        if answer.status_code != 200:
            return None
        user = answer.json()
        # The number of a person at GitHub never changes; the login may, and may become somebody else's.
        subject = str(user["id"])
        granted = [scope.strip() for scope in answer.headers.get("x-oauth-scopes", "").split(",") if scope.strip()]
        return AccessToken(
            token=token,
            client_id=subject,
            subject=subject,
            scopes=granted,
            claims={"sub": subject, "login": user.get("login"), "iss": self._api},
        )


def caller() -> str:
    """Whose notes: the person of the token, or of the signature that AWS has checked; without either there is one, everyone."""
    token = get_access_token()
    if token is None:
        return "everyone"
    return f"{token.claims.get('iss', '')} {token.subject or token.client_id}"
