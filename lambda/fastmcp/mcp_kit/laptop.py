"""What a person's own machine allows and a deployment never does."""

from __future__ import annotations

import os
from collections.abc import Mapping

_OF_A_DEPLOYMENT = ("MCP_KEYS_SECRET", "AWS_LAMBDA_FUNCTION_NAME", "ECS_CONTAINER_METADATA_URI_V4")

_dev = False


def begin_dev() -> None:
    """Says that this process is ``python -m mcp_kit dev``. Nothing in the environment can say it: a deployment may inherit that."""
    global _dev
    _dev = True


def on_a_laptop(env: Mapping[str, str] = os.environ) -> bool:
    """Neither a key ring nor AWS: a person tries the server on their own machine."""
    return not any(env.get(name) for name in _OF_A_DEPLOYMENT)


def in_dev(env: Mapping[str, str] = os.environ) -> bool:
    """Whether the command ``dev`` serves, and not on AWS: keys may be random, and a secret may be in a variable."""
    return _dev and not any(env.get(name) for name in _OF_A_DEPLOYMENT[1:])
