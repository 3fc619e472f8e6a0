"""From ``MODULE:OBJECT`` to a FastMCP server."""

from __future__ import annotations

import asyncio
import difflib
import importlib
import inspect
import os
import re
import sys
import traceback
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ..wiring import WiringError
from .fault import StartError, told

if TYPE_CHECKING:
    from fastmcp import FastMCP

#: Older versions have holes in their OAuth proxy and in their cache, and the kit does not start them.
OLDEST_FASTMCP = (3, 4, 7)

_TARGET = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")


def load_app(target: str) -> FastMCP[Any]:
    """Imports the server that ``MODULE:OBJECT`` names, from the working directory first. The object may also be a function
    without parameters, ``async`` or not, that makes the server.

    Raises:
        StartError: what is wrong and what to do: no such module, a fault of the module itself with its line, no such object,
            an object that is no FastMCP server.
    """
    match = _TARGET.fullmatch(target)
    if not match:
        raise StartError(f'"{target}" names no server: write MODULE:OBJECT, as server:mcp for the object mcp in server.py')
    module_name, path = match.group(1), match.group(2)
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    server_class = _fastmcp()
    module = _import(module_name)
    found: Any = module
    for name in path.split("."):
        if not hasattr(found, name):
            raise StartError(_no_object(module, path, server_class))
        found = getattr(found, name)
    if not isinstance(found, server_class) and inspect.isroutine(found):
        found = _call(found, target)
    if not isinstance(found, server_class):
        kind = f"{type(found).__module__}.{type(found).__qualname__}"
        remedy = "make it one: mcp = FastMCP(…), from the package fastmcp"
        if kind.startswith("mcp."):
            remedy = "that is the server of the MCP SDK; import FastMCP from the package fastmcp instead"
        raise StartError(f'"{target}" is a {kind} and no FastMCP server: {remedy}')
    return found


def _fastmcp() -> type[FastMCP[Any]]:
    try:
        import fastmcp
        from fastmcp import FastMCP
    except ModuleNotFoundError as error:
        raise StartError(f'cannot import FastMCP: no module "{error.name}"; add fastmcp to your requirements') from None
    _refuse_version(fastmcp.__version__)
    return FastMCP


def _refuse_version(version: str) -> None:
    floor = ".".join(map(str, OLDEST_FASTMCP))
    if tuple(int(part) for part in re.findall(r"\d+", version)[:3]) < OLDEST_FASTMCP:
        raise StartError(f"fastmcp {version} has known security holes: require fastmcp>={floor}")
    if re.search(r"\d\.?(?:a|b|rc|dev)\d", version):
        # 4.0.0b1, for one, is newer than 3.4.7 by its number and came out before it: nobody says what is open in it.
        raise StartError(f"fastmcp {version} is a pre-release, which no advisory speaks of: require fastmcp>={floor}")


def _import(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except WiringError as error:
        raise StartError(str(error)) from None
    except StartError:
        raise
    except ModuleNotFoundError as error:
        missing = error.name or name
        if name == missing or name.startswith(f"{missing}."):
            raise StartError(
                f'no module "{missing}" in {os.getcwd()}: start in the folder that holds it, or correct the name'
            ) from None
        raise StartError(f'{_place(error)}no module "{missing}": add what provides it to your requirements') from None
    except (Exception, SystemExit) as error:
        raise StartError(f"{_place(error)}{told(error)}") from None


def _call(make: Any, target: str) -> Any:
    if any(
        parameter.default is inspect.Parameter.empty
        and parameter.kind not in (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        for parameter in inspect.signature(make).parameters.values()
    ):
        raise StartError(f'"{target}" is a function with parameters: name one without, which returns the FastMCP server')
    try:
        made = make()
        return asyncio.run(_await(made)) if inspect.isawaitable(made) else made
    except WiringError as error:
        raise StartError(str(error)) from None
    except (Exception, SystemExit) as error:
        raise StartError(f"{_place(error)}{told(error)}") from None


async def _await(made: Any) -> Any:
    return await made


def _place(error: BaseException) -> str:
    """The last line of the author's code on the way to the error: not one of the kit, of the importer, or of a package."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{_short(error.filename)} line {error.lineno}: "
    kit = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith((kit, "<")) and os.sep + "importlib" + os.sep not in frame.filename
    ]
    own = [frame for frame in frames if "site-packages" not in frame.filename and _is_near(frame.filename)] or frames
    return f"{_short(own[-1].filename)} line {own[-1].lineno}: " if own else ""


def _is_near(filename: str) -> bool:
    return os.path.abspath(filename).startswith(os.getcwd() + os.sep)


def _short(filename: str) -> str:
    return os.path.relpath(filename) if _is_near(filename) else filename


def _no_object(module: ModuleType, path: str, server_class: type[Any]) -> str:
    servers = [name for name, value in vars(module).items() if isinstance(value, server_class)]
    head = f'the module "{module.__name__}" has no object "{path}"'
    if servers:
        return f"{head}; its FastMCP servers are: {', '.join(servers)}"
    near = difflib.get_close_matches(path, [name for name in vars(module) if not name.startswith("_")], 1)
    return f'{head}{f"; did you mean {near[0]}?" if near else ""}: assign a FastMCP server to it'
