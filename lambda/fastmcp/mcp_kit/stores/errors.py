"""What a store cannot do. Messages name the store and the fault, never a key, a value or a credential."""

from __future__ import annotations


class StoreUrlError(Exception):
    """A store URL cannot be used. The problem and an example that would do."""

    def __init__(self, problem: str, example: str) -> None:
        super().__init__(f"{problem}. Example: {example}")
        self.problem = problem
        self.example = example


class StoreFault(Exception):
    """A store did not answer, or not with what it was asked for. State fails closed with it; a cache takes it for a miss."""
