"""Resources, and a template of them."""

from __future__ import annotations

import base64
import json

from fastmcp import FastMCP
from media import RED_PIXEL_PNG


def register_resources(mcp: FastMCP[None]) -> None:
    """Adds them."""

    @mcp.resource("test://static-text", mime_type="text/plain")
    def static_text() -> str:
        """Text."""
        return "This is the content of the static text resource."

    @mcp.resource("test://static-binary", mime_type="image/png")
    def static_binary() -> bytes:
        """Bytes."""
        return base64.b64decode(RED_PIXEL_PNG)

    @mcp.resource("test://template/{id}/data", mime_type="application/json")
    def template(id: str) -> str:  # noqa: A002 - the name is the suite's
        """Data of an id."""
        return json.dumps({"id": id, "templateTest": True, "data": f"Data for ID: {id}"})

    @mcp.resource("test://watched-resource", mime_type="text/plain")
    def watched() -> str:
        """Can be watched."""
        return "Watched resource content"
