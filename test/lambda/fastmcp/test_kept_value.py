"""What is due for a value that is kept near, and that coroutines wait for one load together."""

from __future__ import annotations

import asyncio

import pytest
from mcp_kit.jwt_auth.refreshing_value import RefreshingValue
from mcp_kit.kept_value import KeptValue, Step, Trust

TRUST = Trust(fresh=10, lazy=20, stale=100, retry=5, cold_retry=2)


class Clock:
    now = 1_000.0


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def kept(clock: Clock) -> KeptValue[str]:
    return KeptValue(TRUST, lambda: clock.now)


@pytest.mark.parametrize(
    ("age", "well", "after_a_failure"),
    [
        (0, Step.USE, Step.USE),
        (9, Step.USE, Step.USE),
        (10, Step.REFRESH, Step.USE),
        (20, Step.LOAD, Step.USE),
        (99, Step.LOAD, Step.USE),
        (100, Step.LOAD, Step.FAIL),
        (-1, Step.LOAD, Step.FAIL),  # the clock was set back
    ],
)
def test_what_is_due(clock: Clock, kept: KeptValue[str], age: float, well: Step, after_a_failure: Step) -> None:
    kept.loaded("value")
    clock.now += age
    assert kept.step(kept.held) is well
    kept.failed(OSError("away"))
    assert kept.step(kept.held) is after_a_failure
    clock.now += 5  # the pause is over
    assert kept.step(kept.held) is not Step.FAIL


def test_without_a_value_the_pause_is_short(clock: Clock, kept: KeptValue[str]) -> None:
    assert (kept.step(kept.held), kept.pause()) == (Step.LOAD, 0)
    kept.failed(OSError("away"))
    assert (kept.step(kept.held), kept.pause()) == (Step.FAIL, 2)
    with pytest.raises(OSError):
        kept.fall_back()
    clock.now += 2
    assert (kept.step(kept.held), kept.pause()) == (Step.LOAD, 0)


def test_a_load_that_ends_well_forgets_the_failure(clock: Clock, kept: KeptValue[str]) -> None:
    kept.failed(OSError("away"))
    assert kept.loaded("value") == kept.fall_back() == "value"
    assert kept.failure is None
    clock.now += 10
    assert kept.step(kept.held) is Step.REFRESH


class Source:
    def __init__(self, clock: Clock) -> None:
        self.loads = 0
        self.told: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.fails = False
        self.value = RefreshingValue(self._load, TRUST, lambda: clock.now, self.told.append)

    async def _load(self) -> str:
        self.loads += 1
        number = self.loads
        await self.gate.wait()
        if self.fails:
            raise OSError("away")
        return f"value {number}"


async def test_all_who_wait_get_one_load_and_one_who_leaves_does_not_end_it(clock: Clock) -> None:
    source = Source(clock)
    source.gate.clear()
    waiting = [asyncio.ensure_future(source.value.get()) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    source.gate.set()
    assert await asyncio.gather(*waiting[1:]) == ["value 1", "value 1"]
    assert source.loads == 1


async def test_it_is_refreshed_behind_the_callers_and_serves_while_its_source_is_away(clock: Clock) -> None:
    source = Source(clock)
    assert await source.value.get() == "value 1"
    source.fails = True
    clock.now += 10
    assert await source.value.get() == "value 1"
    while not source.told:  # the load behind it
        await asyncio.sleep(0)
    await asyncio.sleep(0)  # it has landed
    assert [str(error) for error in source.told] == ["away"]
    clock.now += 15
    assert await source.value.get() == "value 1"  # having waited for a load that failed
    assert source.loads == 3
    assert await source.value.get() == "value 1"  # in the pause: no load
    assert source.loads == 3
    assert source.value.retry_after_seconds() == 5
    clock.now += 80
    with pytest.raises(OSError):
        await source.value.get()
    source.fails = False
    clock.now += 5
    assert await source.value.get() == "value 5"


async def test_a_newer_value_is_loaded_once_in_a_pause(clock: Clock) -> None:
    source = Source(clock)
    first = await source.value.get()
    assert await source.value.renew(first) is None
    clock.now += 5
    second = await source.value.renew(first)
    assert second == "value 2"
    assert await source.value.renew(first) == second  # another caller has had it loaded
    source.fails = True
    clock.now += 5
    for _ in range(2):
        with pytest.raises(OSError):
            await source.value.renew(second)
    assert source.loads == 3
