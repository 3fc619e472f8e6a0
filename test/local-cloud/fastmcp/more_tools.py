# What the end-to-end tests add to the notes: a stream that takes a while, which version answers, and how it was called.

from starlette.requests import Request
from starlette.responses import JSONResponse


@mcp.tool
async def count(delay_ms: int, ctx: Context) -> str:
    """Counts to twelve, with a pause after each number, and reports each."""
    import asyncio

    for number in range(1, 13):
        await ctx.report_progress(number, 12, f"number {number}")
        await asyncio.sleep(delay_ms / 1000)
    return " ".join(str(number) for number in range(1, 13))


@mcp.tool
def release() -> str:
    """Which version answers."""
    import os

    return os.environ.get("RELEASE", "first")


@mcp.tool
def who() -> str:
    """Who calls, by their name at GitHub."""
    from fastmcp.server.dependencies import get_access_token

    token = get_access_token()
    return "nobody" if token is None else str(token.claims.get("login"))


@mcp.custom_route("/seen", methods=["GET"])
async def seen(request: Request) -> JSONResponse:
    """How the server was called, by what it is told."""
    return JSONResponse({"url": str(request.url), "caller": request.client.host})
