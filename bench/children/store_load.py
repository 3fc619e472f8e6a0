"""The same load as store-load.ts, on a store of py-key-value: statements that open it are argv[1], its URL argv[2]."""

import asyncio
import contextlib
import json
import sys
import time
import warnings

warnings.simplefilter("ignore")
KEYS = 256
VALUE = {"content": [{"type": "text", "text": "Tokyo in Jul: 26 °C. " * 40}], "isError": False, "n": 1.5}


async def run(store, verb, operations, width):
    times = []
    numbers = iter(range(operations))

    async def worker():
        for number in numbers:
            started = time.perf_counter()
            if verb == "put":
                await store.put(f"key-{number % KEYS}", VALUE, collection="bench", ttl=3600)
            elif await store.get(f"key-{number % KEYS}", collection="bench") is None:
                raise KeyError("an entry is lost")
            times.append((time.perf_counter() - started) * 1000)

    cpu, started = time.process_time(), time.perf_counter()
    await asyncio.gather(*(worker() for _ in range(width)))
    wall, used = time.perf_counter() - started, time.process_time() - cpu
    times.sort()
    return {"wall": wall * 1e6 / operations, "cpu": used * 1e6 / operations, "p99": times[int(len(times) * 0.99)]}


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
