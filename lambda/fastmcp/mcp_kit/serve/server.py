"""uvicorn with the signals of a container."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator

import uvicorn

from .front import Readiness


class Server(uvicorn.Server):
    """Ends with the first SIGTERM or SIGINT as soon as what is under way has finished, and at once with the second.

    uvicorn's own handling ends with the signal instead of 0, and takes only a second SIGINT for an order to hurry.
    """

    def __init__(self, config: uvicorn.Config, readiness: Readiness) -> None:
        super().__init__(config)
        self._readiness = readiness

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Installs the handlers for as long as the server runs."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop, number)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _stop(self, number: int) -> None:
        if self._readiness.draining:
            # Not by the signal's default: the first process of a container has none.
            os._exit(128 + number)
        self._readiness.draining = True
        self.should_exit = True
