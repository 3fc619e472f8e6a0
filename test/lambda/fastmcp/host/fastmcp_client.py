"""FastMCP's own client against a running host: ``URL MODE``; what it saw is printed as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fastmcp import Client


async def main(url: str, mode: Any) -> None:
    seen: list[float] = []
    async with Client(url, mode=mode) as client:

        async def progress(done: float, total: float | None, message: str | None) -> None:
            seen.append(done)
            await client.call_tool("advance", {})  # the tool goes on only when its last notification has arrived

        tools = [tool.name for tool in await client.list_tools()]
        result = await client.call_tool("steps", {"count": 3}, progress_handler=progress)
        print(json.dumps({"version": client.protocol_version, "tools": tools, "result": result.data, "progress": seen}))


asyncio.run(main(*sys.argv[1:]))
