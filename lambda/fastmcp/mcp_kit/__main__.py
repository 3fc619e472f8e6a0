"""``python -m mcp_kit serve MODULE:OBJECT``: the HTTP host of a FastMCP server."""

from __future__ import annotations

import sys

from .serve.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
