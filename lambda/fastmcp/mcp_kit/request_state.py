"""What a tool asks a client to carry to its next request (``InputRequiredResult.request_state``), sealed by the key ring."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .keys import KeyRing, ring_of
from .wiring import read_server_name

if TYPE_CHECKING:
    from mcp.server.request_state import AESGCMRequestStateCodec, RequestStateSecurity


def request_state_security() -> RequestStateSecurity:
    """A policy for ``FastMCP(request_state_security=…)``: the first key of the ring seals, all of them open, so that every
    instance reads what another one has asked, and a rotation refuses nothing that is under way. Without ``MCP_KEYS_SECRET`` the
    keys are those of this process.

    Without it FastMCP seals with keys of the process: a call that asks back could go on only at the instance that asked.

    Raises:
        ImportError: FastMCP is older than 4, whose tools cannot ask back: no state is sealed there.
        WiringError: ``MCP_SERVER_NAME`` is missing, or ``MCP_KEYS_SECRET`` is no ARN.
    """
    try:
        from mcp.server.request_state import RequestStateSecurity
    except ModuleNotFoundError:
        raise ImportError(
            "request_state_security() needs FastMCP 4: tools of FastMCP 3 carry no state from one request to the next, so "
            "there is nothing to seal; require fastmcp>=4, or leave request_state_security= out"
        ) from None
    ring = ring_of()
    name = read_server_name()
    if ring is None:
        return RequestStateSecurity.ephemeral(audience=name)
    return RequestStateSecurity(codec=_RingCodec(ring), audience=name)


class _RingCodec:
    """The SDK's codec under the ring's keys. They are read when a tool first asks something: most servers never do."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._made: tuple[Sequence[bytes], AESGCMRequestStateCodec] | None = None

    def seal(self, payload: bytes) -> str:
        """Seals with the current key."""
        return self._codec().seal(payload)

    def unseal(self, token: str) -> bytes:
        """Opens with any key of the ring. Raises InvalidRequestState."""
        return self._codec().unseal(token)

    def _codec(self) -> AESGCMRequestStateCodec:
        from mcp.server.request_state import AESGCMRequestStateCodec

        keys = self._ring.keys("request-state")
        if self._made is None or self._made[0] != keys:
            self._made = (keys, AESGCMRequestStateCodec(keys=keys))
        return self._made[1]
