"""Which packages a part of the kit needs, in words that can be pasted."""

from __future__ import annotations

from pathlib import Path

#: Beside the package in the repository and in npm's; a deployment has the packages themselves.
_REQUIREMENTS = Path(__file__).resolve().parent.parent / "requirements"


def how_to_install(name: str) -> str:
    """What installs the packages of ``requirements/NAME.txt``: a command, where that file is beside the package."""
    file = _REQUIREMENTS / f"{name}.txt"
    if file.is_file():
        return f"pip install -r {file}"
    return f"add what requirements/{name}.txt of cdk-mcp-kit names to your requirements"


def missing_package(error: ImportError) -> str:
    """Name of the top module that is not there. Libraries hide it in an error of their own."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ImportError) and found.name:
            return found.name.split(".")[0]
        found = found.__cause__ or found.__context__
    return str(error)
