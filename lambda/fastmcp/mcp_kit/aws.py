"""AWS, through botocore alone: it is what boto3 and aioboto3 are made of, and half of their price at a start."""

from __future__ import annotations

import threading
from typing import Any

_lock = threading.Lock()
_session: Any = None


def session() -> Any:
    """The botocore session of this process: credentials of the role, refreshed by botocore."""
    global _session
    with _lock:
        if _session is None:
            import botocore.session

            _session = botocore.session.get_session()
        return _session


def client(service: str, region: str | None = None, *, endpoint: str | None = None, timeout: float = 5, pool: int = 10) -> Any:
    """A client of one service.

    Args:
        service: Name of the service in botocore, such as ``dynamodb``.
        region: Default: that of the process.
        endpoint: Address of an emulator. Default: AWS, or ``AWS_ENDPOINT_URL``.
        timeout: Seconds to connect and to wait for an answer, for each of two attempts.
        pool: Connections that are kept.
    """
    from botocore.config import Config

    config = Config(
        connect_timeout=min(timeout, 2),
        read_timeout=timeout,
        retries={"mode": "standard", "total_max_attempts": 3},
        max_pool_connections=pool,
        user_agent_extra="mcp_kit",
    )
    with _lock_for_clients:  # botocore's sessions are no friends of threads
        return session().create_client(service, region_name=region, endpoint_url=endpoint, config=config)


_lock_for_clients = threading.Lock()
