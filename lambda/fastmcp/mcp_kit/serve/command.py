"""The commands ``serve`` and ``dev``."""

from __future__ import annotations

import logging
import os
import sys
import threading

from .fault import StartError

_USAGE = """usage: python -m mcp_kit serve|dev MODULE:OBJECT

Serves the FastMCP server OBJECT of the module MODULE over HTTP, at /mcp. dev sets what is not set for a laptop:
MCP_SERVER_NAME=dev MCP_STORE_URL=memory: MCP_AUTH={"mode":"none"}, and MCP_BASE_URL to the address it listens on.
Under dev, keys are random where there is no MCP_KEYS_SECRET, and secret("NAME") takes the value of NAME itself.
Environment: MCP_SERVER_NAME, MCP_STORE_URL, MCP_AUTH, MCP_BASE_URL, MCP_KEYS_SECRET; HOST, PORT,
MCP_DRAIN_SECONDS, MCP_KEEP_ALIVE_SECONDS, FORWARDED_ALLOW_IPS, LOG_LEVEL."""

#: Seconds that a process which has closed may wait for threads of tools.
_LAST_SECONDS = 1.0

#: A laptop, without AWS and without anything to set up: nothing outlives the process, and only this machine can call.
_DEVELOPMENT = {"MCP_SERVER_NAME": "dev", "MCP_STORE_URL": "memory:", "MCP_AUTH": '{"mode":"none"}'}


def main(arguments: list[str]) -> int:
    """Runs the command line.

    Returns:
        The exit code: 0 after a clean end, 1 when the server could not start (told in one line on standard error), 2 for a
        command that does not exist.
    """
    if arguments and arguments[-1] in ("--help", "-h"):
        print(_USAGE)
        return 0
    if len(arguments) != 2 or arguments[0] not in ("serve", "dev") or arguments[1].startswith("-"):
        print(_USAGE, file=sys.stderr)
        return 2
    if arguments[0] == "dev":
        for name, value in _DEVELOPMENT.items():
            os.environ.setdefault(name, value)
        from ..laptop import begin_dev

        begin_dev()
    try:
        _serve(arguments[1])
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    _end_soon(0)
    return 0


def _serve(target: str) -> None:
    from ..laptop import in_dev
    from ..wiring import BASE_URL, WiringError, read_wiring
    from .defaults import apply_defaults
    from .settings import read_settings

    settings = read_settings(os.environ)
    try:
        wiring = read_wiring(os.environ)
    except WiringError as error:
        raise StartError(str(error)) from None
    apply_defaults(os.environ)

    from .logs import configure_logging, log_level

    configure_logging(wiring.server_name, log_level(os.environ))

    from .listen import listen

    bound = listen(settings)  # first what is cheap to find out: the imports below cost most of a start
    if in_dev() and not os.environ.get(BASE_URL):  # what a provider signs people in at
        os.environ[BASE_URL] = f"http://{settings.url_host}:{bound.getsockname()[1]}"
    try:
        from .load_app import load_app

        app = load_app(target)

        from .run import run

        run(app, wiring, settings, bound)
    finally:
        bound.close()


def _end_soon(code: int) -> None:
    """Lets the process end by itself, but not later than a moment from now: Python would wait for the thread of a tool that
    still runs, although its time to finish is over."""

    def end() -> None:
        logging.shutdown()
        os._exit(code)

    timer = threading.Timer(_LAST_SECONDS, end)
    timer.daemon = True
    timer.start()
