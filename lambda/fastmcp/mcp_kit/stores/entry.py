"""What py-key-value hands to a store of ours, and asks it for. The base class of its own stores is where these are public."""

from __future__ import annotations

from key_value.aio.stores.base import ManagedEntry as ManagedEntry  # type: ignore[attr-defined]  # not in its __all__
from key_value.aio.stores.base import SanitizationStrategy as SanitizationStrategy  # type: ignore[attr-defined]
