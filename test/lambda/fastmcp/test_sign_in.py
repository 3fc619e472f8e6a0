"""FastMCP's own sign-in on the store of the deployment: what one instance has registered and signed, another one knows."""

from __future__ import annotations

import pytest
from fastmcp import FastMCP
from fastmcp.server.auth.oauth_proxy import OAuthProxy
from fastmcp.server.auth.providers.jwt import JWTVerifier
from mcp.shared.auth import OAuthClientInformationFull
from mcp_kit import deployed_store, jwt_signing_key, keys, oauth_storage
from pydantic import AnyUrl

from ring_secret import Secret, document


def instance() -> OAuthProxy:
    """One more process."""
    deployed_store._opened.clear()
    keys._rings.clear()
    proxy = OAuthProxy(
        upstream_authorization_endpoint="https://idp.example.com/authorize",
        upstream_token_endpoint="https://idp.example.com/token",
        upstream_client_id="kit",
        upstream_client_secret="upstream-secret-of-a-test",
        token_verifier=JWTVerifier(public_key="a" * 32, algorithm="HS256"),
        base_url="https://mcp.example.com",
        client_storage=oauth_storage(),
        jwt_signing_key=jwt_signing_key(),
    )
    FastMCP("notes", auth=proxy).http_app(path="/mcp")
    return proxy


async def test_a_client_of_one_instance_is_a_client_of_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("MCP_STORE_URL", f"file://{tmp_path}/store")
    Secret(monkeypatch, document([1]))
    client = OAuthClientInformationFull(client_id="c1", redirect_uris=[AnyUrl("http://localhost:1234/callback")])
    await instance().register_client(client)
    found = await instance().get_client("c1")
    assert found is not None and found.client_id == "c1"
    assert await instance().get_client("c2") is None


def test_a_token_of_one_instance_is_good_for_the_next(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("MCP_STORE_URL", f"file://{tmp_path}/store")
    Secret(monkeypatch, document([1]))
    token = instance().jwt_issuer.issue_access_token(client_id="c1", scopes=["read"], jti="j1")
    assert instance().jwt_issuer.verify_token(token)["client_id"] == "c1"
    Secret(monkeypatch, document([1], signing=201))
    with pytest.raises(Exception, match="signature"):
        instance().jwt_issuer.verify_token(token)
