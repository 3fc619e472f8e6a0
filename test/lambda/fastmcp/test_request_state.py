"""What one instance asks, another one reads."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from fastmcp import Client, Context, FastMCP
from mcp.server.request_state import InvalidRequestState
from mcp_types import ElicitRequest, ElicitRequestFormParams, ElicitResult, InputRequiredResult
from mcp_kit import keys
from mcp_kit.request_state import request_state_security

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf"


def ring(*names: str) -> str:
    entries = [
        {"kid": name, "key": base64.urlsafe_b64encode(name.encode() * 32).rstrip(b"=").decode()} for name in names
    ]
    return json.dumps({"version": 1, "request-state": entries})


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    held: dict[str, Any] = {"text": ring("a"), "reads": 0}

    def fetch(arn: str) -> str:
        held["reads"] += 1
        return str(held["text"])

    monkeypatch.setattr(keys, "fetch_secret", fetch)
    monkeypatch.setenv("MCP_KEYS_SECRET", ARN)
    return held


def instance(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The codec of one more process."""
    keys._rings.clear()
    return request_state_security().codec


def test_every_instance_opens_what_another_has_sealed(secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = instance(monkeypatch).seal(b"step 1")
    assert instance(monkeypatch).unseal(sealed) == b"step 1"
    with pytest.raises(InvalidRequestState):
        instance(monkeypatch).unseal(sealed[:-2] + ("AA" if sealed[-2:] != "AA" else "BB"))


def test_a_rotation_refuses_nothing_under_way(secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = instance(monkeypatch).seal(b"step 1")
    secret["text"] = ring("b", "a")
    newer = instance(monkeypatch)
    assert newer.unseal(sealed) == b"step 1"
    resealed = newer.seal(b"step 2")
    secret["text"] = ring("b")
    assert instance(monkeypatch).unseal(resealed) == b"step 2"
    with pytest.raises(InvalidRequestState):
        instance(monkeypatch).unseal(sealed)


def test_the_ring_is_read_when_something_is_asked_first(secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    codec = instance(monkeypatch)
    assert secret["reads"] == 0
    codec.seal(b"x")
    codec.seal(b"y")
    assert secret["reads"] == 1


def test_without_a_ring_the_keys_are_those_of_the_process() -> None:
    sealed = request_state_security().codec.seal(b"x")
    with pytest.raises(InvalidRequestState):
        request_state_security().codec.unseal(sealed)


def server() -> FastMCP[None]:
    # Without a name: FastMCP makes one up, another in each process.
    mcp: FastMCP[None] = FastMCP(request_state_security=request_state_security())

    @mcp.tool
    def ask(ctx: Context) -> str | InputRequiredResult:
        if ctx.request_state:
            return f"carried {ctx.request_state}"
        schema: dict[str, Any] = {"type": "object", "properties": {"ok": {"type": "boolean"}}}
        request = ElicitRequest(params=ElicitRequestFormParams(message="Well?", requested_schema=schema))
        return InputRequiredResult(input_requests={"well": request}, request_state="step 1")

    return mcp


@pytest.mark.parametrize("shared", [True, False])
def test_a_call_goes_on_at_another_instance(secret: dict[str, Any], monkeypatch: pytest.MonkeyPatch, shared: bool) -> None:
    import asyncio

    if not shared:
        monkeypatch.delenv("MCP_KEYS_SECRET")
    one, other = server(), server()
    state: dict[str, Any] = {}

    async def play() -> str:
        async with Client(one, mode="2026-07-28") as client:
            asked = await client.session.call_tool("ask", {}, allow_input_required=True)
            state["sealed"] = asked.request_state  # type: ignore[union-attr]
        async with Client(other, mode="2026-07-28") as client:
            answers = {"well": ElicitResult(action="accept", content={"ok": True})}
            done = await client.session.call_tool(
                "ask", {}, input_responses=answers, request_state=state["sealed"], allow_input_required=True
            )
            return str(done.content[0].text)  # type: ignore[union-attr]

    if shared:
        assert asyncio.run(play()) == "carried step 1"
        assert "step 1" not in state["sealed"]
    else:
        with pytest.raises(Exception, match="Invalid or expired requestState"):
            asyncio.run(play())
