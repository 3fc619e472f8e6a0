"""Tools that ask the client something before they answer (SEP-2322), in the way of revision 2026-07-28."""

from __future__ import annotations

import json
from typing import Any

from fastmcp import Context, FastMCP
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ClientCapabilities,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    MissingRequiredClientCapabilityErrorData,
    SamplingCapability,
    SamplingMessage,
    TextContent,
)

Asked = str | InputRequiredResult


def ask(message: str, properties: dict[str, Any], required: list[str] | None = None) -> ElicitRequest:
    """Asks the person for some fields."""
    schema: dict[str, Any] = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def ask_name(message: str = "What is your name?") -> ElicitRequest:
    """Asks the person for a name."""
    return ask(message, {"name": {"type": "string"}}, ["name"])


def ask_model(question: str, max_tokens: int) -> CreateMessageRequest:
    """Asks the model of the client."""
    message = SamplingMessage(role="user", content=TextContent(type="text", text=question))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=max_tokens))


def answer(ctx: Context, key: str, field: str) -> Any:
    """A field of what the person answered; None when they did not."""
    response = (ctx.input_responses or {}).get(key)
    if not isinstance(response, ElicitResult) or response.action != "accept":
        return None
    return (response.content or {}).get(field)


def required(state: object = None, **requests: InputRequest) -> InputRequiredResult:
    """What a tool returns in place of a result."""
    return InputRequiredResult(input_requests=requests, request_state=None if state is None else json.dumps(state))


def register_asking(mcp: FastMCP[None]) -> None:
    """Adds them."""

    @mcp.tool
    def test_input_required_result_elicitation(ctx: Context) -> Asked:
        """Asks for a name."""
        name = answer(ctx, "user_name", "name")
        return f"Hello, {name}!" if name else required(user_name=ask_name())

    @mcp.tool
    def test_input_required_result_sampling(ctx: Context) -> Asked:
        """Asks the model of the client."""
        said = (ctx.input_responses or {}).get("capital_question")
        if isinstance(said, CreateMessageResult):
            return f"The model said: {said.content}"
        return required(capital_question=ask_model("What is the capital of France?", 100))

    @mcp.tool
    def test_input_required_result_list_roots(ctx: Context) -> Asked:
        """Asks for the roots of the client."""
        roots = (ctx.input_responses or {}).get("client_roots")
        if isinstance(roots, ListRootsResult):
            return f"Roots: {', '.join(str(root.uri) for root in roots.roots)}"
        return required(client_roots=ListRootsRequest())

    def confirmed(ctx: Context) -> Asked:
        state = json.loads(ctx.request_state or "{}")
        if state.get("step") == 1 and answer(ctx, "confirm", "ok") is not None:
            return "state-ok"
        return required({"step": 1}, confirm=ask("Please confirm", {"ok": {"type": "boolean"}}, ["ok"]))

    @mcp.tool
    def test_input_required_result_request_state(ctx: Context) -> Asked:
        """Asks, and seals what it knows."""
        return confirmed(ctx)

    @mcp.tool
    def test_input_required_result_tampered_state(ctx: Context) -> Asked:
        """Refuses a state that it has not sealed."""
        return confirmed(ctx)

    @mcp.tool
    def test_input_required_result_multiple_inputs(ctx: Context) -> Asked:
        """Asks three things at once."""
        responses = ctx.input_responses or {}
        name = answer(ctx, "user_name", "name")
        said, roots = responses.get("greeting"), responses.get("client_roots")
        if name and isinstance(said, CreateMessageResult) and isinstance(roots, ListRootsResult):
            return f"All there, {name}"
        return required(
            {"step": 1},
            user_name=ask_name(),
            greeting=ask_model("Generate a greeting", 50),
            client_roots=ListRootsRequest(),
        )

    @mcp.tool
    def test_input_required_result_multi_round(ctx: Context) -> Asked:
        """Asks twice."""
        state = json.loads(ctx.request_state or "{}")
        color = answer(ctx, "step2", "color")
        if state.get("step") == 2 and color:
            return f"{state['name']} likes {color}"
        name = answer(ctx, "step1", "name") if state else None
        if not name:
            return required({"step": 1}, step1=ask_name("Step 1: What is your name?"))
        question = ask("Step 2: What is your favorite color?", {"color": {"type": "string"}}, ["color"])
        return required({"step": 2, "name": name}, step2=question)

    @mcp.tool
    def test_input_required_result_capabilities(ctx: Context) -> Asked:
        """Asks only what the client can answer."""
        can = ctx.session.client_capabilities
        requests: dict[str, InputRequest] = {}
        if can is not None and can.elicitation is not None:
            requests["user_name"] = ask_name()
        if can is not None and can.sampling is not None:
            requests["greeting"] = ask_model("Generate a greeting", 50)
        return "Nothing more to ask" if ctx.input_responses or not requests else required(**requests)

    @mcp.tool
    def test_missing_capability(ctx: Context) -> InputRequiredResult:
        """Needs the model of the client, and says so to one that has none."""
        can = ctx.session.client_capabilities
        if can is None or can.sampling is None:
            missing = MissingRequiredClientCapabilityErrorData(
                required_capabilities=ClientCapabilities(sampling=SamplingCapability())
            )
            data = missing.model_dump(by_alias=True, exclude_none=True)
            raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs the model of the client", data)
        return required(question=ask_model("Anything", 10))

    @mcp.tool
    async def test_streaming_elicitation(ctx: Context) -> InputRequiredResult:
        """Asks within a stream."""
        await ctx.report_progress(1)
        return required(user_name=ask_name())
