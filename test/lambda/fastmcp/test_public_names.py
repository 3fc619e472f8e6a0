"""The public names stay what they are, whatever was imported before them."""

from __future__ import annotations

import pkgutil

import mcp_kit


def test_no_module_has_a_public_name() -> None:
    # Importing mcp_kit.x sets the attribute x of mcp_kit to the module, over the function that is meant.
    modules = {module.name for module in pkgutil.iter_modules(mcp_kit.__path__)}
    assert modules.isdisjoint(mcp_kit.__all__)


def test_every_public_name_is_there() -> None:
    for name in mcp_kit.__all__:
        assert callable(getattr(mcp_kit, name)), name
