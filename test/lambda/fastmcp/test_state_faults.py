from __future__ import annotations

from collections.abc import Mapping

import pytest
from mcp_kit.serve.asgi import Message
from mcp_kit.serve.state_faults import closed_on_faults
from mcp_kit.store_faults import note_fault


async def answer(status: int, *, fault: bool) -> tuple[int, Mapping[bytes, bytes], bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    sending = closed_on_faults(send)
    if fault:
        note_fault()
    await sending({"type": "http.response.start", "status": status, "headers": [(b"x-from", b"app")]})
    await sending({"type": "http.response.body", "body": b"first", "more_body": True})
    await sending({"type": "http.response.body", "body": b"last"})
    assert [message["type"] for message in sent].count("http.response.start") == 1
    body = b"".join(message.get("body", b"") for message in sent)
    return sent[0]["status"], dict(sent[0]["headers"]), body


@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_a_refusal_after_a_fault_becomes_503(status: int) -> None:
    told, headers, body = await answer(status, fault=True)
    assert (told, headers[b"retry-after"]) == (503, b"5")
    assert b"temporarily_unavailable" in body and b"first" not in body
    assert b"www-authenticate" not in headers


@pytest.mark.parametrize(("status", "fault"), [(401, False), (400, False), (200, True), (302, True)])
async def test_everything_else_stays(status: int, fault: bool) -> None:
    assert await answer(status, fault=fault) == (status, {b"x-from": b"app"}, b"firstlast")


def test_a_deep_document_is_refused_in_one_line() -> None:
    from mcp_kit.serve.lambda_context import AwsContext, aws_context
    from mcp_kit.wiring import WiringError, read_auth

    deep = "[" * 100_000
    with pytest.raises(WiringError, match="^MCP_AUTH is not JSON"):
        read_auth({"MCP_AUTH": deep})
    assert aws_context({"headers": [(b"x-amzn-request-context", deep.encode())]}) == AwsContext()
