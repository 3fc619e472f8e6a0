"""The kit uses no private names of other packages: they change without notice, and a patch release would break a deployment."""

from __future__ import annotations

import importlib
import inspect
import threading

import pytest
from private_names import met_in, modules_of, used_in

MODULES = dict(modules_of("mcp_kit"))


@pytest.mark.parametrize("module", MODULES)
def test_no_module_uses_a_private_name_of_another_package(module: str) -> None:
    assert list(used_in(MODULES[module])) == []


@pytest.mark.parametrize("module", [name for name in MODULES if not name.endswith("__main__")])
def test_no_class_meets_a_private_name_of_a_class_that_it_is_built_on(module: str) -> None:
    loaded = importlib.import_module(module)
    classes = [each for _, each in inspect.getmembers(loaded, inspect.isclass) if each.__module__ == module]
    assert [meeting for each in classes for meeting in met_in(each, "mcp_kit")] == []


@pytest.mark.parametrize(
    "source",
    [
        "from package import _name",
        "from package._inner import name",
        "import package._inner",
        "client._pool.clear()",
        "super()._read()",
        'getattr(client, "_pool")',
        "class Ours(Theirs):\n    def read(self):\n        return self._client.get()",
    ],
)
def test_each_way_to_a_private_name_is_seen(source: str) -> None:
    assert len(list(used_in(source))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "from ._inner import _name",
        "from __future__ import annotations",
        "self.__class__.__name__",
        "class Ours:\n    def __init__(self):\n        self._client = 1\n    def read(self):\n        return self._client",
        "class Ours:\n    def read(self):\n        return self._find()\n    def _find(self):\n        return 1",
        "os._exit(1)",
    ],
)
def test_names_of_ours_are_none(source: str) -> None:
    assert list(used_in(source)) == []


def test_a_hook_and_an_attribute_of_a_foreign_class_are_met() -> None:
    class Ours(threading.Thread):
        def __init__(self) -> None:
            super().__init__()
            self._target = 2
            self._other = 3

        def _bootstrap(self) -> None:
            """Overridden."""

    assert [meeting.split(": ")[1].split(" ")[0] for meeting in met_in(Ours, "mcp_kit")] == ["_bootstrap", "_target"]
