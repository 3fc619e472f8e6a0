"""What prevents a start."""

from __future__ import annotations


class StartError(Exception):
    """A cause with its remedy, in one line. Told on standard error; the process ends with 1."""
