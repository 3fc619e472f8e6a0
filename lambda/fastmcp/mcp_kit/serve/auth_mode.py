"""Whether the auth of a FastMCP server and the policy of its deployment fit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..wiring import JwtAuthPolicy, Wiring
from .fault import StartError

if TYPE_CHECKING:
    from fastmcp import FastMCP

    from .front import Gate


def gate_for(app: FastMCP[Any], wiring: Wiring) -> Gate | None:
    """What ``MCP_AUTH`` wants to stand before FastMCP; None where FastMCP's own auth, or nobody, decides.

    Raises:
        StartError: the server has no auth and nothing else would check callers (mode ``server``), or it has one of its own
            beside the one that the deployment wants (mode ``jwt``).
    """
    policy = wiring.auth
    if isinstance(policy, JwtAuthPolicy):
        from ..jwt_auth.authenticator import JwtAuthenticator
        from ..jwt_auth.provider import is_kit_provider
        from .gates import JwtGate

        if app.auth is not None and not is_kit_provider(app.auth):
            raise StartError(
                'MCP_AUTH has the mode "jwt", but the server has an auth of its own: take auth= out of FastMCP(…), '
                "or deploy with McpAuth.fastmcp()"
            )
        # One check, before FastMCP: its own would answer a malformed header and an issuer that is down with 401.
        app.auth = None
        return JwtGate(JwtAuthenticator(policy))
    if policy.mode == "server" and app.auth is None:
        raise StartError(
            'MCP_AUTH has the mode "server", but the server checks nobody: give it a provider, FastMCP(auth=…), '
            'or say that anybody may call: MCP_AUTH={"mode":"none"}'
        )
    if policy.mode == "iam":
        from .gates import IamGate

        return IamGate()
    return None
