"""The entry of py-key-value that a store of ours is asked for. Its own stores' base class is where it is public."""

from __future__ import annotations

from key_value.aio.stores.base import ManagedEntry as ManagedEntry  # type: ignore[attr-defined]  # not in its __all__
