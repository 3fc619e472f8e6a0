"""Which private names of other packages a package of ours uses.

Private is a name with one underscore in front. Three ways lead to one that is not ours: importing it (or from a module that is
private), reading it from an object that is not ``self``, and meeting it in a class of theirs that one of ours is built on.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections.abc import Iterator
from pathlib import Path

#: Documented in spite of its underscore.
DOCUMENTED = {"os._exit"}
#: What Python itself gives to abstract classes and protocols.
PYTHON = {"_abc_impl", "_is_protocol", "_is_runtime_protocol"}


def is_private(name: str) -> bool:
    return name.startswith("_") and not (name.startswith("__") and name.endswith("__"))


def used_in(source: str) -> Iterator[str]:
    """What the text of a module imports or reads; where on ``self``, unless its own class or one of this module defines it."""
    tree = ast.parse(source)
    own = {name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for name in _defined(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and node.module != "__future__":
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            yield from (f"{node.lineno}: from {node.module} import …: {name}" for name in names if is_private(name))
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield from (f"{node.lineno}: import {alias.name}" for name in alias.name.split(".") if is_private(name))
        elif isinstance(node, ast.Attribute) and is_private(node.attr):
            written = ast.unparse(node)
            of_ours = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls") and node.attr in own
            if not of_ours and written not in DOCUMENTED:
                yield f"{node.lineno}: {written}"
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("getattr", "setattr", "hasattr"):
            name = node.args[1] if len(node.args) > 1 else None
            if isinstance(name, ast.Constant) and isinstance(name.value, str) and is_private(name.value):
                yield f"{node.lineno}: {ast.unparse(node)}"


def met_in(ours: type, package: str) -> Iterator[str]:
    """What a class of ours defines that a class of another package, on which it is built, has already."""
    own = _names_of(ours)
    for base in ours.__mro__[1:]:
        if base.__module__.split(".")[0] in (package, "builtins", "abc", "enum", "typing"):
            continue
        for name in sorted(own & _names_of(base)):
            yield f"{ours.__module__}.{ours.__qualname__}: {name} of {base.__module__}.{base.__qualname__}"


def modules_of(package: str) -> Iterator[tuple[str, str]]:
    """Names and texts of the modules of a package."""
    root = Path(next(iter(importlib.import_module(package).__path__)))
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        yield ".".join((package, *(part for part in parts if part != "__init__"))), path.read_text("utf-8")


def _defined(node: ast.ClassDef) -> Iterator[str]:
    """Names that a class gives itself or, by ``self.name = …``, its instances."""
    for child in node.body:
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield child.name
        elif isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name):
            yield child.target.id
        elif isinstance(child, ast.Assign):
            yield from (target.id for target in child.targets if isinstance(target, ast.Name))
    for child in ast.walk(node):
        if isinstance(child, ast.Attribute) and isinstance(child.ctx, ast.Store):
            if isinstance(child.value, ast.Name) and child.value.id == "self":
                yield child.attr


def _names_of(any_class: type) -> set[str]:
    names = {*vars(any_class), *inspect.get_annotations(any_class)}
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(any_class)))
    except (OSError, TypeError):  # no Python, or not its text
        tree = ast.Module([], [])
    names.update(name for node in tree.body if isinstance(node, ast.ClassDef) for name in _defined(node))
    return {name for name in names if is_private(name) and not name.startswith("__")} - PYTHON
