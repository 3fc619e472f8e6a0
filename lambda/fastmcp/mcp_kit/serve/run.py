"""From a FastMCP server and its wiring to a process that answers."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import uvicorn

from ..wiring import Wiring
from .auth_mode import gate_for
from .fault import StartError, told
from .front import MCP_PATH, Front, Readiness, not_found
from .lambda_context import on_lambda
from .origin import LOOPBACK_NAMES
from .server import Server
from .settings import HostSettings

if TYPE_CHECKING:
    from fastmcp import FastMCP
    from fastmcp.server.http import StarletteWithLifespan

_log = logging.getLogger("mcp_kit.serve")


def run(app: FastMCP[Any], wiring: Wiring, settings: HostSettings, bound: socket.socket) -> None:
    """Serves until a signal says stop, and returns when what was under way has finished or its time is over.

    Raises:
        StartError: the auth of the server and ``MCP_AUTH`` do not fit, FastMCP cannot serve it as it is, or its own lifespan
            failed.
    """
    in_lambda = on_lambda(os.environ)
    gate = gate_for(app, wiring)
    readiness = Readiness()
    url = f"http://{settings.url_host}:{bound.getsockname()[1]}"
    base = wiring.base_url
    _warn_of_exposure(wiring.auth.mode, settings.host, in_lambda=in_lambda)

    inner = _http_app(app)
    inner.router.default = not_found
    inner.router.redirect_slashes = False
    front = Front(
        inner,
        origin=url,
        own_origin=base,
        hosts=None if in_lambda else _hosts(base),
        gate=gate,
        readiness=readiness,
        behind_adapter=in_lambda,
    )
    config = uvicorn.Config(
        front,
        lifespan="on",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_keep_alive=settings.keep_alive_seconds,
        # uvicorn cancels what is left a little later than it is told: it first waits for connections to close.
        timeout_graceful_shutdown=settings.drain_seconds,  # type: ignore[arg-type]
        proxy_headers=settings.forwarded_allow_ips is not None,
        forwarded_allow_ips=settings.forwarded_allow_ips or "",
    )
    server = Server(config, readiness)

    async def main() -> None:
        serving = asyncio.ensure_future(server.serve(sockets=[bound]))
        while not server.started and not serving.done():
            await asyncio.sleep(0.005)
        if server.started:
            _log.info("listening", extra={"url": f"{url}{MCP_PATH}"})
        await serving

    try:
        asyncio.run(main())
    except SystemExit:
        raise StartError(
            "the lifespan of the server failed, so it does not serve: the line above tells the kind of error and its place"
        ) from None


def _http_app(app: FastMCP[Any]) -> StarletteWithLifespan:
    """FastMCP's application: where a provider checks what it was given, such as its address."""
    try:
        return app.http_app(path=MCP_PATH, transport="http", stateless_http=True)
    except Exception as error:
        address = str(getattr(app.auth, "base_url", None) or "")
        if address.startswith("http://"):
            remedy = (
                f"its sign-in has the address {_origin(address)}, and FastMCP signs people in under https only, but for this "
                "machine: give the provider a base_url that begins with https://, as base_url() from mcp_kit does with MCP_BASE_URL"
            )
        else:
            remedy = "correct what FastMCP(…) and its auth are given"
        raise StartError(f"FastMCP cannot serve this server: {told(error)}; {remedy}") from None


def _origin(address: str) -> str:
    """Without what else a URL can hold."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _hosts(base: str | None) -> list[str]:
    name = urlsplit(base).hostname if base else None
    return [*LOOPBACK_NAMES, *([f"[{name}]" if ":" in name else name] if name else [])]


def _warn_of_exposure(mode: str, host: str, *, in_lambda: bool) -> None:
    """What the host should tell about who can call it: nobody, or everybody on the network."""
    if in_lambda:
        return
    if mode == "iam":
        _log.warning(
            "every call will be refused: only a Function URL checks signatures of AWS, not this host", extra={"mode": mode}
        )
    if mode == "none" and host not in ("localhost", "::1") and not host.startswith("127."):
        _log.warning(
            'whoever reaches this address may call: MCP_AUTH has the mode "none"', extra={"mode": mode, "host": host}
        )
