"""Fixtures with the names that the conformance suite of MCP looks for: one tool, resource or prompt per rule. The same as those of
the TypeScript example, for FastMCP on the Python host."""

from __future__ import annotations

from asking import register_asking
from fastmcp import FastMCP
from mcp_kit import request_state_security
from prompts import register_prompts
from push_style import register_push_style
from resources import register_resources
from tools import register_tools

mcp: FastMCP[None] = FastMCP(
    "conformance", version="1.0.0", dereference_schemas=False, request_state_security=request_state_security()
)
register_tools(mcp)
register_asking(mcp)
register_push_style(mcp)
register_resources(mcp)
register_prompts(mcp)
