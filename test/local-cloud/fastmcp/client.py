"""FastMCP's own client: ``URL MODE CALLS TOKEN``, calls as JSON ``[[tool, arguments], …]``. Prints what it saw as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from fastmcp import Client


async def main(url: str, mode: Any, calls: str, token: str) -> None:
    times: list[float] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        times.append(time.monotonic() * 1000)

    async with Client(url, mode=mode, auth=token or None) as client:
        tools = [tool.name for tool in await client.list_tools()]
        results: list[Any] = []
        for name, arguments in json.loads(calls):
            result = await client.call_tool(name, arguments, progress_handler=progress)
            results.append("\n".join(block.text for block in result.content if block.type == "text"))
        version = client.protocol_version
    print(json.dumps({"version": version, "tools": tools, "results": results, "progress": times}))


asyncio.run(main(*sys.argv[1:]))
