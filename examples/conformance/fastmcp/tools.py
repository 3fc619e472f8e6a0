"""Tools that answer at once, or after notifications."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Any

from fastmcp import Context, FastMCP
from fastmcp.tools import Tool, ToolResult
from mcp_types import (
    AudioContent,
    EmbeddedResource,
    ImageContent,
    PromptListChangedNotification,
    TextContent,
    TextResourceContents,
    ToolListChangedNotification,
)
from media import RED_PIXEL_PNG, SILENCE_WAV
from pydantic import Field

_STEP_SECONDS = 0.05
_IMAGE = ImageContent(type="image", data=RED_PIXEL_PNG, mime_type="image/png")


def _resource(uri: str, mime_type: str, text: str) -> EmbeddedResource:
    return EmbeddedResource(type="resource", resource=TextResourceContents(uri=uri, mime_type=mime_type, text=text))


class ContactTool(Tool):
    """Every keyword of its schema must reach the client untouched."""

    async def run(self, arguments: dict[str, Any]) -> ToolResult:
        """Takes anything."""
        return ToolResult(content="ok")


_CONTACT_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "$defs": {
        "address": {
            "$anchor": "addressDef",
            "type": "object",
            "properties": {"street": {"type": "string"}, "city": {"type": "string"}},
        },
    },
    "properties": {
        "name": {"type": "string"},
        "address": {"$ref": "#/$defs/address"},
        "contactMethod": {"type": "string", "enum": ["phone", "email"]},
        "phone": {"type": "string"},
        "email": {"type": "string"},
    },
    "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
    "if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
    "then": {"required": ["phone"]},
    "else": {"required": ["email"]},
    "additionalProperties": False,
}


def register_tools(mcp: FastMCP[None]) -> None:
    """Adds them."""

    @mcp.tool
    def test_simple_text() -> ToolResult:
        """Returns a line of text."""
        return ToolResult(content="This is a simple text response for testing.")

    @mcp.tool
    def test_image_content() -> ToolResult:
        """Returns an image."""
        return ToolResult(content=[_IMAGE])

    @mcp.tool
    def test_audio_content() -> ToolResult:
        """Returns audio."""
        return ToolResult(content=[AudioContent(type="audio", data=SILENCE_WAV, mime_type="audio/wav")])

    @mcp.tool
    def test_embedded_resource() -> ToolResult:
        """Returns a resource inside its result."""
        text = "This is an embedded resource content."
        return ToolResult(content=[_resource("test://embedded-resource", "text/plain", text)])

    @mcp.tool
    def test_multiple_content_types() -> ToolResult:
        """Returns text, an image and a resource."""
        data = json.dumps({"test": "data", "value": 123})
        text = TextContent(type="text", text="Multiple content types test:")
        return ToolResult(content=[text, _IMAGE, _resource("test://mixed-content-resource", "application/json", data)])

    @mcp.tool
    def test_error_handling() -> str:
        """Always fails."""
        raise ValueError("This tool intentionally returns an error for testing")

    @mcp.tool
    async def test_tool_with_progress(ctx: Context) -> str:
        """Reports progress three times."""
        for progress in (0, 50, 100):
            await ctx.report_progress(progress, 100)
            await asyncio.sleep(_STEP_SECONDS)
        return "Done, with progress"

    @mcp.tool
    async def test_tool_with_logging(ctx: Context) -> str:
        """Logs three times."""
        for line in ("Tool execution started", "Tool processing data", "Tool execution completed"):
            await ctx.info(line)
            await asyncio.sleep(_STEP_SECONDS)
        return "Done, with logs"

    @mcp.tool
    async def test_logging_tool(ctx: Context) -> str:
        """Logs once, for clients that ask for logs."""
        await ctx.info("One line")
        return "Done"

    @mcp.tool
    async def test_trigger_tool_change(ctx: Context) -> str:
        """Tells clients that the list of tools has changed."""
        await ctx.send_notification(ToolListChangedNotification())
        return "Told"

    @mcp.tool
    async def test_trigger_prompt_change(ctx: Context) -> str:
        """Tells clients that the list of prompts has changed."""
        await ctx.send_notification(PromptListChangedNotification())
        return "Told"

    @mcp.tool
    def test_x_mcp_header(region: Annotated[str, Field(json_schema_extra={"x-mcp-header": "Region"})]) -> str:
        """Mirrors an argument into a header."""
        return f"Region: {region}"

    mcp.add_tool(
        ContactTool(
            name="json_schema_2020_12_tool",
            description="Tool with JSON Schema 2020-12 features",
            parameters=_CONTACT_SCHEMA,
        )
    )
