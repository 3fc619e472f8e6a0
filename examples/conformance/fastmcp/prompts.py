"""Prompts, and suggestions for their arguments."""

from __future__ import annotations

from typing import Annotated

import mcp_types
from asking import answer, ask, required
from fastmcp import Context, FastMCP
from fastmcp.prompts import Message, PromptResult
from media import RED_PIXEL_PNG
from pydantic import Field

_WORDS = ("paris", "park", "party", "hello", "world")


def register_prompts(mcp: FastMCP[None]) -> None:
    """Adds them."""

    @mcp.prompt
    def test_simple_prompt() -> str:
        """A line of text."""
        return "This is a simple prompt for testing."

    @mcp.prompt
    def test_prompt_with_arguments(
        arg1: Annotated[str, Field(description="First test argument")],
        arg2: Annotated[str, Field(description="Second test argument")],
    ) -> str:
        """A line made of two arguments."""
        return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"

    @mcp.prompt
    def test_prompt_with_embedded_resource(resourceUri: str) -> PromptResult:  # noqa: N803 - the name is the suite's
        """A resource and a line."""
        resource = mcp_types.TextResourceContents(
            uri=resourceUri, mime_type="text/plain", text="Embedded resource content for testing."
        )
        embedded = Message(mcp_types.EmbeddedResource(type="resource", resource=resource))
        return PromptResult([embedded, Message("Please process the embedded resource above.")])

    @mcp.prompt
    def test_prompt_with_image() -> PromptResult:
        """An image and a line."""
        image = Message(mcp_types.ImageContent(type="image", data=RED_PIXEL_PNG, mime_type="image/png"))
        return PromptResult([image, Message("Please analyze the image above.")])

    @mcp.prompt
    def test_input_required_result_prompt(ctx: Context) -> str | mcp_types.InputRequiredResult:
        """Asks before it answers."""
        context = answer(ctx, "user_context", "context")
        if context:
            return f"In the context of {context}"
        fields = {"context": {"type": "string"}}
        return required(user_context=ask("What context should the prompt use?", fields, ["context"]))

    @mcp.completion
    def complete(
        ref: mcp_types.PromptReference | mcp_types.ResourceTemplateReference,
        argument: mcp_types.CompletionArgument,
        context: mcp_types.CompletionContext | None,
    ) -> list[str]:
        return [word for word in _WORDS if word.startswith(argument.value)]
