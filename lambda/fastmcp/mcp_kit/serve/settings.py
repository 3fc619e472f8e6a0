"""Where the host listens, and how patient it is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .fault import StartError

#: Longer than the 60 seconds after which AWS load balancers drop an idle connection, so that they never find it closed.
DEFAULT_KEEP_ALIVE_SECONDS = 65
DEFAULT_DRAIN_SECONDS = 10
MAX_SECONDS = 86_400
DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 3000


@dataclass(frozen=True)
class HostSettings:
    """What the environment says about the host."""

    #: Address to listen on (``HOST``). Default: 127.0.0.1, which only this machine can call.
    host: str
    #: Port to listen on (``PORT``); 0 for any free one. Default: 3000.
    port: int
    #: Seconds that calls have to finish after SIGTERM (``MCP_DRAIN_SECONDS``). Default: 10.
    drain_seconds: float
    #: Seconds that an idle connection is kept (``MCP_KEEP_ALIVE_SECONDS``): more than the balancer's idle timeout. Default: 65.
    keep_alive_seconds: int
    #: Addresses whose ``X-Forwarded-*`` count (``FORWARDED_ALLOW_IPS``, ``*`` for all). Default: nobody's.
    forwarded_allow_ips: str | None

    @property
    def url_host(self) -> str:
        """The host as people can call it from this machine, in the form of a URL."""
        name = "localhost" if self.host in ("0.0.0.0", "::") else self.host
        return f"[{name}]" if ":" in name else name


def read_settings(env: Mapping[str, str]) -> HostSettings:
    """Reads ``HOST``, ``PORT``, ``MCP_DRAIN_SECONDS``, ``MCP_KEEP_ALIVE_SECONDS`` and ``FORWARDED_ALLOW_IPS``.

    Raises:
        StartError: a number is none, with an example.
    """
    return HostSettings(
        host=env.get("HOST") or DEFAULT_HOST,
        port=_port(env.get("PORT")),
        drain_seconds=_seconds(env, "MCP_DRAIN_SECONDS", DEFAULT_DRAIN_SECONDS),
        keep_alive_seconds=_seconds(env, "MCP_KEEP_ALIVE_SECONDS", DEFAULT_KEEP_ALIVE_SECONDS),
        forwarded_allow_ips=env.get("FORWARDED_ALLOW_IPS") or None,
    )


def _port(text: str | None) -> int:
    if not text:
        return DEFAULT_PORT
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > 65_535:
        raise StartError(f'PORT is "{text}": set a number from 0 to 65535, as PORT=3000')
    return int(text)


def _seconds(env: Mapping[str, str], name: str, default: int) -> int:
    text = env.get(name)
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,5}", text) or int(text) > MAX_SECONDS:
        raise StartError(f'{name} is "{text}": set whole seconds from 0 to {MAX_SECONDS}, as {name}=30')
    return int(text)
