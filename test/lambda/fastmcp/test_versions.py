"""Which versions of FastMCP are served."""

from __future__ import annotations

import fastmcp
import pytest
from mcp_kit.serve.fault import StartError
from mcp_kit.serve.load_app import load_app


@pytest.mark.parametrize("version", ["3.4.6", "2.14.7", "3.4.7b1", "3.4"])
def test_older_ones_have_holes(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastmcp, "__version__", version)
    with pytest.raises(StartError, match=f"^fastmcp {version} .*: require fastmcp>=3.4.7$"):
        load_app("server:mcp")


@pytest.mark.parametrize("version", ["4.0.0b1", "4.0.0rc1", "4.3.0a2", "5.0.0.dev3+g1"])
def test_no_advisory_speaks_of_pre_releases(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastmcp, "__version__", version)
    with pytest.raises(StartError, match="is a pre-release, which no advisory speaks of: require fastmcp>=3.4.7"):
        load_app("server:mcp")


@pytest.mark.parametrize("version", ["3.4.7", "3.4.11", "4.0.0", "4.2.3.post1", "4.2.3+abc1"])
def test_others_are_loaded(version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fastmcp, "__version__", version)
    with pytest.raises(StartError, match='^no module "nosuchserver"'):
        load_app("nosuchserver:mcp")
