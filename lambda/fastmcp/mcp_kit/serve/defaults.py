"""The settings of FastMCP that a server behind a load balancer or on Lambda needs."""

from __future__ import annotations

import tempfile
from collections.abc import MutableMapping
from pathlib import Path


def apply_defaults(env: MutableMapping[str, str]) -> None:
    """Sets what is not set yet. FastMCP reads its settings while it is imported: this comes first.

    * no banner and no look at PyPI for a newer version: both cost a start, and the second a network that may not be there;
    * no handler of FastMCP's own: its lines go to the root logger, which writes JSON, and not to ``rich``;
    * ``FASTMCP_HOME`` under the temporary directory: the home directory is read-only on Lambda and in a hardened container;
    * no run-time type checks of py-key-value: they double the price of a small call and tell nothing that mypy does not.
    """
    for name, value in (
        ("FASTMCP_SHOW_SERVER_BANNER", "false"),
        ("FASTMCP_CHECK_FOR_UPDATES", "off"),
        ("FASTMCP_LOG_ENABLED", "false"),
        ("FASTMCP_ENABLE_RICH_LOGGING", "false"),
        ("FASTMCP_HOME", str(Path(tempfile.gettempdir()) / "fastmcp")),
        ("PY_KEY_VALUE_DISABLE_BEARTYPE", "1"),
    ):
        env.setdefault(name, value)
