"""The Python authenticator at the other end of a pipe: JSON lines in, JSON lines out. Driven by python-authenticator.ts."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from mcp_kit.jwt_auth.authenticator import Caller, JwtAuthenticator
from mcp_kit.wiring import JwtAuthPolicy

instances: dict[int, JwtAuthenticator] = {}
clocks: dict[int, float] = {}


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def make(number: int, policy: dict[str, Any], options: dict[str, Any]) -> None:
    algorithms = policy.get("algorithms")
    instances[number] = JwtAuthenticator(
        JwtAuthPolicy(
            issuer=policy["issuer"],
            audience=tuple(policy["audience"]),
            scopes=tuple(policy["scopes"]),
            algorithms=None if algorithms is None else tuple(algorithms),
            jwks_uri=policy.get("jwksUri"),
        ),
        clock_tolerance_seconds=options.get("clockToleranceSeconds", 60),
        remembered_tokens=options.get("rememberedTokens", 1000),
        issuer_timeout_seconds=options.get("issuerTimeoutMs", 5000) / 1000,
        now=lambda: clocks.get(number, 0.0) or time.time(),
        warn=lambda problem: say({"warn": number, "problem": problem}),
    )


async def authenticate(message: dict[str, Any]) -> None:
    if "nowMs" in message:
        clocks[message["instance"]] = message["nowMs"] / 1000
    result = await instances[message["instance"]].authenticate(message["authorization"], message["origin"])
    if isinstance(result, Caller):
        verified = result.verified
        answer: dict[str, Any] = {
            "token": result.token,
            "clientId": verified.client_id,
            "scopes": list(verified.scopes),
            "expiresAt": verified.expires_at,
            "sub": verified.subject,
        }
        say({"id": message["id"], "caller": answer})
    else:
        reply = {"status": result.reply.status, "headers": dict(result.reply.headers), "body": result.reply.body.decode()}
        say({"id": message["id"], "refusal": reply, "reason": result.reason})


async def main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    tasks: set[asyncio.Task[None]] = set()
    while line := await reader.readline():
        message = json.loads(line)
        if "policy" in message:
            make(message["instance"], message["policy"], message["options"])
        else:
            task = asyncio.create_task(authenticate(message))
            tasks.add(task)
            task.add_done_callback(tasks.discard)


asyncio.run(main())
