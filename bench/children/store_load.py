"""The same load as store-load.ts, on a store of py-key-value: statements that open it are argv[1], its URL argv[2]."""

import asyncio
import contextlib
import itertools
import json
import math
import sys
import time
import warnings

warnings.simplefilter("ignore")
KEYS = 256
VALUE = {"content": [{"type": "text", "text": "Tokyo in Jul: 26 °C. " * 40}], "isError": False, "n": 1.5}


async def call(store, verb, number):
    key = f"key-{number % KEYS}"
    if verb == "put":
        await store.put(key, VALUE, collection="bench", ttl=3600)
        return
    if verb == "getMany":
        found = await store.get_many([f"key-{(number + more) % KEYS}" for more in range(10)], collection="bench")
    else:
        found = [await store.get(key, collection="bench")]
    if None in found:
        raise KeyError("an entry is lost")
    if verb == "take":  # it has no verb for it: this is what its users write
        await store.delete(key, collection="bench")


async def run(store, verb, width, operations=None, seconds=math.inf):
    times = []
    numbers = itertools.count() if operations is None else iter(range(operations))

    cpu, begin = time.process_time(), time.perf_counter()

    async def worker():
        started = begin
        while started - begin < seconds and (number := next(numbers, None)) is not None:
            await call(store, verb, number)
            ended = time.perf_counter()
            times.append((ended - started) * 1000)
            started = ended

    await asyncio.gather(*(worker() for _ in range(width)))
    wall, used = time.perf_counter() - begin, time.process_time() - cpu
    times.sort()
    count = len(times)
    return {"wall": wall * 1e6 / count, "cpu": used * 1e6 / count, "p99": times[int(count * 0.99)], "operations": count}


async def main():
    names = {"args": sys.argv[2:]}
    exec(sys.argv[1], names)
    store = names["inner"]
    async with store if hasattr(store, "__aenter__") else contextlib.nullcontext():
        for key in range(KEYS):
            await store.put(f"key-{key}", VALUE, collection="bench", ttl=3600)
        print(json.dumps({"ready": True}), flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            print(json.dumps(await run(store, **json.loads(line))), flush=True)


asyncio.run(main())
