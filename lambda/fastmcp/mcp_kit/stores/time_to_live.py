"""How long an entry lives, as py-key-value takes it."""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from typing import SupportsFloat

from key_value.aio.errors import InvalidTTLError


def dates_of(ttl: SupportsFloat | None) -> tuple[datetime, datetime | None]:
    """When an entry that is written now was made, and when it ends.

    Args:
        ttl: Seconds. None: it never ends.

    Raises:
        InvalidTTLError: not a number above 0, or an end that no calendar has.
    """
    now = datetime.now(timezone.utc)
    if ttl is None:
        return now, None
    # True is a number to Python, and would end the entry after one second.
    if isinstance(ttl, bool) or not isinstance(ttl, SupportsFloat):
        raise InvalidTTLError(ttl, {"type": type(ttl).__name__})
    seconds = float(ttl)
    if not math.isfinite(seconds) or seconds <= 0:
        raise InvalidTTLError(ttl)
    try:
        return now, now + timedelta(seconds=seconds)
    except OverflowError:
        raise InvalidTTLError(ttl) from None
