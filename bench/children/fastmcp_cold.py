"""CPU seconds of a FastMCP server from nothing to its first answer, with the kit's host and settings and without.

    python bench/children/fastmcp_cold.py [RUNS]

Two servers: one whose first request is a call of a tool, and one with FastMCP's OAuth proxy, asked for its metadata. ``plain`` is the
server run by itself, as FastMCP's documentation shows it, with the signing key as text; ``kit`` is ``python -m mcp_kit serve``, with
the key as bytes, as ``jwt_signing_key()`` returns it. Prints the median of each as JSON. The work of the process alone: it is
killed with the first answer, and the operating system says what it has used. Bytecode is compiled before, as at synth.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

SERVER = '''
import os
from fastmcp import FastMCP

auth = None
if os.environ["CASE"] == "sign-in":
    from fastmcp.server.auth import StaticTokenVerifier
    from fastmcp.server.auth.oauth_proxy import OAuthProxy
    from key_value.aio.stores.memory import MemoryStore

    key = "d2hhdGV2ZXIgdGhlIGtleSBpcywgaXQgaXMgNDQgYnl0ZXM="
    auth = OAuthProxy(
        upstream_authorization_endpoint="https://idp.example.com/authorize",
        upstream_token_endpoint="https://idp.example.com/token",
        upstream_client_id="client",
        upstream_client_secret="secret",
        token_verifier=StaticTokenVerifier({}),
        base_url="http://localhost:3000",
        client_storage=MemoryStore(),
        jwt_signing_key=key.encode() if os.environ["SETTINGS"] == "kit" else key,
    )

mcp = FastMCP("cold", auth=auth)

@mcp.tool
def add(a: int, b: int) -> int:
    return a + b

if __name__ == "__main__":
    mcp.run(transport="http", port=int(os.environ["PORT"]), stateless_http=True)
'''

CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "add", "arguments": {"a": 1, "b": 2}}}
HEADERS = {"content-type": "application/json", "accept": "application/json, text/event-stream"}
PATIENCE_SECONDS = 60
PACKAGE = Path(__file__).resolve().parents[2] / "lambda" / "fastmcp"


def free_port() -> int:
    """A port that nobody has now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def answered(port: int, case: str) -> bool:
    """Whether the server has answered the first request as it should."""
    base = f"http://127.0.0.1:{port}"
    if case == "tool":
        request = urllib.request.Request(f"{base}/mcp", json.dumps(CALL).encode(), HEADERS)
    else:
        request = urllib.request.Request(f"{base}/.well-known/oauth-authorization-server")
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS) as answer:
            return (b'"result"' if case == "tool" else b"token_endpoint") in answer.read()
    except urllib.error.HTTPError as error:
        raise SystemExit(f"the server answered {error.code}") from None
    except (urllib.error.URLError, ConnectionError):
        return False


def once(folder: Path, case: str, settings: str) -> float:
    """CPU seconds of one start."""
    port = free_port()
    env = {**os.environ, "CASE": case, "SETTINGS": settings, "PORT": str(port), "HOME": str(folder), "PYTHONPATH": str(PACKAGE)}
    command = [sys.executable, "server.py"]
    if settings == "kit":
        wiring = {"MCP_SERVER_NAME": "cold", "MCP_STORE_URL": "memory:"}
        env |= {**wiring, "MCP_AUTH": json.dumps({"mode": "server" if case == "sign-in" else "none"})}
        command = [sys.executable, "-m", "mcp_kit", "serve", "server:mcp"]
    child = subprocess.Popen(command, cwd=folder, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + PATIENCE_SECONDS
    while not answered(port, case):
        if child.poll() is not None or time.monotonic() > end:
            child.kill()
            raise SystemExit(f"no answer from {' '.join(command)}")
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    _, _, usage = os.wait4(child.pid, 0)
    return usage.ru_utime + usage.ru_stime


def main(runs: int) -> None:
    """Takes turns, so that both settings meet the same machine."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "server.py").write_text(SERVER)
        seconds: dict[str, dict[str, list[float]]] = {}
        for case in ("tool", "sign-in"):
            for run in range(runs + 1):
                for settings in ("plain", "kit"):
                    used = once(folder, case, settings)
                    if run > 0:  # the first one compiles what has no bytecode yet
                        seconds.setdefault(case, {}).setdefault(settings, []).append(used)
    medians = {
        case: {settings: round(statistics.median(used), 3) for settings, used in both.items()}
        for case, both in seconds.items()
    }
    print(json.dumps({"unit": "CPU seconds until the first answer", "runs": runs, **medians}))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
