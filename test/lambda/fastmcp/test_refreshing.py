from __future__ import annotations

import threading

import pytest
from mcp_kit.kept_value import Trust
from mcp_kit.refreshing import Refreshing


class Source:
    def __init__(self) -> None:
        self.now = 1_000.0
        self.loads = 0
        self.fails = False
        self.value = Refreshing(self._load, Trust(), lambda: self.now)

    def _load(self) -> int:
        if self.fails:
            raise OSError("away")
        self.loads += 1
        return self.loads


def settle() -> None:
    for thread in threading.enumerate():
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(5)


def test_it_is_loaded_once_and_refreshed_behind_the_callers() -> None:
    source = Source()
    assert [source.value.get() for _ in range(3)] == [1, 1, 1]
    source.now += 301
    assert source.value.get() == 1
    settle()
    assert source.value.get() == 2
    source.now += 901
    assert source.value.get() == 3


def test_it_serves_for_a_day_while_its_source_is_away_and_not_longer() -> None:
    source = Source()
    source.value.get()
    source.fails = True
    source.now += 24 * 3600 - 1
    assert source.value.get() == 1
    source.now += 31
    with pytest.raises(OSError):
        source.value.get()
    source.fails = False
    source.now += 31
    assert source.value.get() == 2


def test_a_clock_that_was_set_back_is_not_believed() -> None:
    source = Source()
    source.value.get()
    source.now -= 500
    assert source.value.get() == 2


def test_at_hand_is_what_needs_no_wait() -> None:
    source = Source()
    assert source.value.at_hand() is None and source.loads == 0
    assert source.value.get() == 1
    assert source.value.at_hand() == 1
    source.now += 301
    assert source.value.at_hand() == 1
    settle()
    assert source.value.at_hand() == 2
    source.now += 901
    assert source.value.at_hand() is None
