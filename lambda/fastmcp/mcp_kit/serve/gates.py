"""Who may call: the modes ``jwt`` and ``iam`` of ``MCP_AUTH``, decided before FastMCP sees the request."""

from __future__ import annotations

import logging

from fastmcp.server.auth import AccessToken
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from starlette.authentication import AuthCredentials

from ..jwt_auth.authenticator import JwtAuthenticator, Refusal
from ..jwt_auth.challenge import signature_missing
from ..jwt_auth.provider import access_token
from ..jwt_auth.resource import protected_resource_reply
from .asgi import Scope, header
from .lambda_context import AwsContext
from .replies import Reply

_log = logging.getLogger("mcp_kit.serve")


class JwtGate:
    """Lets through who has a good token, and tells FastMCP who it is."""

    def __init__(self, authenticator: JwtAuthenticator) -> None:
        self._authenticator = authenticator

    async def metadata(self, scope: Scope, origin: str) -> Reply | None:
        """The protected-resource metadata."""
        return protected_resource_reply(scope["path"], scope["method"], origin, self._authenticator.policy)

    async def check(self, scope: Scope, origin: str, aws: AwsContext) -> Reply | None:
        """The refusal, if there is one."""
        result = await self._authenticator.authenticate(header(scope, "authorization"), origin)
        if isinstance(result, Refusal):
            level = logging.WARNING if result.reply.status >= 500 else logging.DEBUG
            _log.log(level, "request refused", extra={"status": result.reply.status, "reason": result.reason})
            return result.reply
        _become(scope, access_token(result.token, result.verified))
        return None


class IamGate:
    """Lets through only what AWS has authenticated: on a host that checks no signatures, nobody."""

    async def metadata(self, scope: Scope, origin: str) -> Reply | None:
        """There is no document: nobody wants a token."""
        return None

    async def check(self, scope: Scope, origin: str, aws: AwsContext) -> Reply | None:
        """Makes the ARN the caller that tools see. It also stands where FastMCP keeps the token, from which its response cache
        makes the key: two callers never share an entry. The signature itself stays with AWS."""
        if aws.caller_arn is None:
            _log.debug("request refused", extra={"status": 403, "reason": "no caller from AWS"})
            return signature_missing()
        _become(scope, AccessToken(token=aws.caller_arn, client_id=aws.caller_arn, scopes=[], subject=aws.caller_arn))
        return None


def _become(scope: Scope, caller: AccessToken) -> None:
    """What ``get_access_token()`` of FastMCP returns."""
    scope["user"] = AuthenticatedUser(caller)
    scope["auth"] = AuthCredentials(caller.scopes)
