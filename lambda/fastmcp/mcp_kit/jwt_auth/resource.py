"""The server as a resource, and the document about it (RFC 9728)."""

from __future__ import annotations

from collections.abc import Sequence

from ..serve.replies import Reply, json_reply
from ..wiring import JwtAuthPolicy

#: Well-known path with the endpoint's path inserted behind it. Clients look here first.
RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource/mcp"
#: The same for the whole origin. Clients look here second.
ROOT_RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource"

_METHODS = "GET, HEAD, OPTIONS"
#: The document is public and holds no secret: any page may read it, without credentials.
_CORS = {"access-control-allow-origin": "*"}


def resource_url(origin: str) -> str:
    """The resource identifier of this server (RFC 8707): what clients ask tokens for."""
    return f"{origin}/mcp"


def resource_metadata_url(origin: str) -> str:
    """Address of the metadata document, as challenges name it."""
    return f"{origin}{RESOURCE_METADATA_PATH}"


def published_scopes(policy: JwtAuthPolicy) -> list[str]:
    """Scopes that calls need and clients are told to ask for. Never ``offline_access``: whether a client wants a refresh token
    is between it and the issuer (MCP authorization 2026-07-28, refresh tokens)."""
    return [scope for scope in dict.fromkeys(policy.scopes) if scope != "offline_access"]


def protected_resource_reply(path: str, method: str, origin: str, policy: JwtAuthPolicy) -> Reply | None:
    """Answers requests for the document, at the path that belongs to the endpoint and at the root: API Gateway renames
    ``WWW-Authenticate``, and then the well-known paths are all that a client has.

    Returns:
        None when the request asks for something else.
    """
    if path not in (RESOURCE_METADATA_PATH, ROOT_RESOURCE_METADATA_PATH):
        return None
    if method in ("GET", "HEAD"):
        document = _document(origin, policy, published_scopes(policy))
        return json_reply(200, document, {**_CORS, "cache-control": "public, max-age=300"})
    if method == "OPTIONS":
        return Reply(
            204,
            {
                **_CORS,
                "access-control-allow-methods": _METHODS,
                "access-control-allow-headers": "*",  # MCP clients send mcp-protocol-version along
                "access-control-max-age": "86400",
            },
        )
    body = {"error": "method_not_allowed", "error_description": f"Use one of {_METHODS}"}
    return json_reply(405, body, {**_CORS, "allow": _METHODS})


def _document(origin: str, policy: JwtAuthPolicy, scopes: Sequence[str]) -> dict[str, object]:
    return {
        "resource": resource_url(origin),
        # Verbatim: clients compare it character for character, so not even a slash may be added.
        "authorization_servers": [policy.issuer],
        **({"scopes_supported": list(scopes)} if scopes else {}),
        "bearer_methods_supported": ["header"],
    }
