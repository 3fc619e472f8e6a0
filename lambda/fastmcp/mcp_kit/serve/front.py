"""What every request passes before it reaches FastMCP: the same rules, in the same order, as in the TypeScript host."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from .asgi import App, Message, Receive, Scope, Send, header
from .body import MAX_BODY_BYTES, BodyTooLarge, ClientGone, read_body
from .cors import preflight_reply, with_cors
from .lambda_context import AwsContext, aws_context
from .origin import host_allowed, origin_allowed
from .replies import Reply, body_too_large_reply, json_reply, rpc_error_reply
from .state_faults import closed_on_faults

#: Path of the MCP endpoint. Fixed: the resource identifier and the well-known paths are derived from it.
MCP_PATH = "/mcp"
#: Path that load balancers and people ask whether the process serves. Needs no authentication and tells nothing else.
HEALTH_PATH = "/health"

_log = logging.getLogger("mcp_kit.serve")


class Gate(Protocol):
    """Decides who may call the endpoint. Never raises."""

    async def metadata(self, scope: Scope, origin: str) -> Reply | None:
        """The answer to a request for a document about the authentication; None for any other request."""

    async def check(self, scope: Scope, origin: str, aws: AwsContext) -> Reply | None:
        """The answer to send instead; None when the caller may pass, who is then in ``scope["user"]``."""


@dataclass
class Readiness:
    """Whether the process wants requests. Goes off with the first signal to stop."""

    draining: bool = False


class Front:
    """The application that uvicorn runs."""

    def __init__(
        self,
        app: App,
        *,
        origin: str,
        hosts: Collection[str] | None,
        gate: Gate | None,
        readiness: Readiness,
        behind_adapter: bool = False,
        own_origin: str | None = None,
    ) -> None:
        """
        Args:
            app: FastMCP's application.
            origin: Public origin where AWS tells none.
            hosts: Names that ``Host`` may have; None where AWS only hands over what was sent to the server's own name.
            gate: Who may call; None: FastMCP's own auth, or nobody, decides.
            readiness: What ``/health`` tells.
            behind_adapter: Whether the header of the Lambda Web Adapter is to be believed.
            own_origin: ``MCP_BASE_URL``, which goes before what AWS tells.
        """
        self._app = app
        self._origin = origin
        self._own_origin = own_origin
        self._hosts = hosts
        self._gate = gate
        self._readiness = readiness
        self._behind_adapter = behind_adapter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._route(scope, receive, watched)
        except ClientGone:
            return
        except Exception as error:
            _log.error("request failed", exc_info=error)
            if not started:
                await rpc_error_reply(500, -32603, "Internal server error").send(send)

    async def _route(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        method: str = scope["method"]
        head = method == "HEAD"
        if path == HEALTH_PATH:
            await self._health(method).send(send, head=head)
            return
        if self._hosts is not None and not host_allowed(header(scope, "host"), self._hosts):
            await rpc_error_reply(403, -32000, "The Host header names no host that this server answers for").send(send)
            return
        aws = aws_context(scope) if self._behind_adapter else AwsContext()
        origin = self._own_origin or aws.origin or self._origin
        if path in (MCP_PATH, f"{MCP_PATH}/"):
            if not origin_allowed(header(scope, "origin"), origin):
                await rpc_error_reply(403, -32000, "Pages of this origin may not call this server").send(send)
            elif method == "OPTIONS":
                await preflight_reply(scope).send(with_cors(scope, send))
            else:
                await self._mcp(scope, receive, with_cors(scope, send), origin, aws)
            return
        metadata = await self._gate.metadata(scope, origin) if self._gate else None
        if metadata:
            await metadata.send(send, head=head)
            return
        await self._whole(scope, receive, send)

    async def _mcp(self, scope: Scope, receive: Receive, send: Send, origin: str, aws: AwsContext) -> None:
        if self._gate:
            refusal = await self._gate.check(scope, origin, aws)
            if refusal:
                await refusal.send(send)
                return
        if scope["method"] != "POST":
            await rpc_error_reply(405, -32000, "Method not allowed.", {"allow": "POST"}).send(send)
            return
        # One endpoint under both spellings: a redirect would lose the body with many clients.
        await self._whole({**scope, "path": MCP_PATH, "raw_path": MCP_PATH.encode()}, receive, send)

    async def _whole(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            whole = await read_body(scope, receive)
        except BodyTooLarge:
            await body_too_large_reply(MAX_BODY_BYTES).send(send)
            return
        await self._app(scope, whole, closed_on_faults(send))

    def _health(self, method: str) -> Reply:
        if method not in ("GET", "HEAD"):
            body = {"error": "method_not_allowed", "error_description": "Use GET or HEAD"}
            return json_reply(405, body, {"allow": "GET, HEAD"})
        if self._readiness.draining:
            return json_reply(503, {"status": "draining"}, {"cache-control": "no-store", "connection": "close"})
        return json_reply(200, {"status": "ok"}, {"cache-control": "no-store"})


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """Any other path. The root is no second endpoint: a token for ``/mcp`` would not fit it."""
    reply = json_reply(404, {"error": "not_found", "error_description": f"The MCP endpoint is {MCP_PATH}"})
    await reply.send(send, head=scope.get("method") == "HEAD")
