"""Tools that revision 2025-11-25 wants to interrupt themselves with a request of their own to the client. Written in the way of
2026-07-28: a stateless server cannot ask earlier clients."""

from __future__ import annotations

from typing import Any

from asking import Asked, ask, ask_model, required
from fastmcp import Context, FastMCP


def _choices(noun: str) -> list[dict[str, str]]:
    names = ("First", "Second", "Third")
    return [{"const": f"value{number}", "title": f"{name} {noun}"} for number, name in enumerate(names, 1)]


_OPTIONS = ["option1", "option2", "option3"]
_ENUMS: dict[str, Any] = {
    "untitledSingle": {"type": "string", "enum": _OPTIONS},
    "titledSingle": {"type": "string", "oneOf": _choices("Option")},
    "legacyEnum": {
        "type": "string",
        "enum": ["opt1", "opt2", "opt3"],
        "enumNames": ["Option One", "Option Two", "Option Three"],
    },
    "untitledMulti": {"type": "array", "items": {"type": "string", "enum": _OPTIONS}},
    "titledMulti": {"type": "array", "items": {"anyOf": _choices("Choice")}},
}
_DEFAULTS: dict[str, Any] = {
    "name": {"type": "string", "default": "John Doe"},
    "age": {"type": "integer", "default": 30},
    "score": {"type": "number", "default": 95.5},
    "status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
    "verified": {"type": "boolean", "default": True},
}


def _told(ctx: Context) -> str:
    response = (ctx.input_responses or {}).get("answer")
    return "" if response is None else response.model_dump_json(by_alias=True, exclude_none=True)


def register_push_style(mcp: FastMCP[None]) -> None:
    """Adds them."""

    @mcp.tool
    def test_sampling(prompt: str, ctx: Context) -> Asked:
        """Asks the model of the client."""
        told = _told(ctx)
        return f"LLM response: {told}" if told else required(answer=ask_model(prompt, 100))

    @mcp.tool
    def test_elicitation(message: str, ctx: Context) -> Asked:
        """Asks the user."""
        told = _told(ctx)
        fields = {
            "username": {"type": "string", "description": "User's response"},
            "email": {"type": "string", "description": "User's email address"},
        }
        return f"User response: {told}" if told else required(answer=ask(message, fields, ["username", "email"]))

    @mcp.tool
    def test_elicitation_sep1034_defaults(ctx: Context) -> Asked:
        """Asks with defaults."""
        told = _told(ctx)
        return f"Elicitation completed: {told}" if told else required(answer=ask("Asks with defaults", _DEFAULTS))

    @mcp.tool
    def test_elicitation_sep1330_enums(ctx: Context) -> Asked:
        """Asks with every kind of choice."""
        told = _told(ctx)
        return f"Elicitation completed: {told}" if told else required(answer=ask("Asks with choices", _ENUMS))
