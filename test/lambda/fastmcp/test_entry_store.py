"""The base of our stores, over a dictionary: what it answers is what py-key-value's own store in memory answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.configuration import set_hypothesis_home_dir
from key_value.aio.errors import BaseKeyValueError, DeserializationError, InvalidTTLError, SerializationError
from key_value.aio.stores.memory import MemoryStore
from key_value.aio.stores.rocksdb import RocksDBStore
from mcp_kit.stores.entry_store import EntryStore
from mcp_kit.stores.errors import StoreFault
from mcp_kit.stores.managed_entry import ManagedEntry, NewEntry, dump_entry, load_entry, new_entry
from rocksdict import Rdict


class DictionaryStore(EntryStore):
    def __init__(self) -> None:
        super().__init__("dictionary")
        self.texts: dict[tuple[str, str], str] = {}
        self.prepared: list[str] = []
        self.away = False

    async def prepare(self, collection: str) -> None:
        await asyncio.sleep(0)
        if self.away:
            raise OSError("away")
        self.prepared.append(collection)

    async def read(self, collection: str, key: str) -> ManagedEntry | None:
        text = self.texts.get((collection, key))
        return None if text is None else load_entry(text)

    async def write(self, collection: str, key: str, entry: NewEntry) -> None:
        self.texts[collection, key] = dump_entry(entry, collection, key)

    async def remove(self, collection: str, key: str) -> bool:
        return self.texts.pop((collection, key), None) is not None

    def plant(self, **members: object) -> None:
        self.texts["c", "k"] = json.dumps({"value": {"n": 1}, **members})


def after(seconds: float) -> str:
    return (datetime.now(timezone.utc) + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def store() -> DictionaryStore:
    return DictionaryStore()


async def test_every_verb_answers_as_py_key_value(store: DictionaryStore) -> None:
    for peer in (store, MemoryStore()):
        await peer.put("a", {"n": 1}, collection="c")
        await peer.put_many(["b", "d"], [{"n": 2}, MappingProxyType({"n": 3})], collection="c", ttl=60)
        assert await peer.get("a", collection="c") == {"n": 1}
        assert await peer.get("a") is None
        assert await peer.ttl("a", collection="c") == ({"n": 1}, None)
        assert await peer.ttl("none", collection="c") == (None, None)
        assert await peer.get_many(["d", "none", "a", "d"], collection="c") == [{"n": 3}, None, {"n": 1}, {"n": 3}]
        (value, left), missing = await peer.ttl_many(["b", "none"], collection="c")
        assert value == {"n": 2}
        assert left is not None and 59 < left <= 60
        assert missing == (None, None)
        assert await peer.get_many([], collection="c") == []
        assert await peer.delete("a", collection="c") is True
        assert await peer.delete("a", collection="c") is False
        assert await peer.delete_many(["a", "b", "b", "d"], collection="c") == 2
        assert await peer.delete_many([], collection="c") == 0


async def test_without_a_name_the_collection_is_that_of_py_key_value(store: DictionaryStore) -> None:
    await store.put("k", {}, collection="")
    assert list(store.texts) == [(MemoryStore().default_collection, "k")]
    assert await store.get("k") == {}


@pytest.mark.parametrize("ttl", [0, -1, True, False, "60", b"60", [60], object(), float("-inf")])
async def test_a_lifetime_that_is_none_is_refused_as_py_key_value_refuses_it(store: DictionaryStore, ttl: Any) -> None:
    with pytest.raises(InvalidTTLError):
        await store.put("k", {}, ttl=ttl)
    for peer in (store, MemoryStore()):
        with pytest.raises(InvalidTTLError):
            await peer.put_many(["k"], [{}], ttl=ttl)
    assert store.texts == {}


@pytest.mark.parametrize("ttl", [float("nan"), float("inf"), 1e15])
async def test_an_end_that_no_calendar_has_is_refused(store: DictionaryStore, ttl: float) -> None:
    with pytest.raises(InvalidTTLError):
        await store.put("k", {}, ttl=ttl)


@pytest.mark.parametrize("ttl", [1, 0.5, 60.25, 86_400 * 365])
async def test_a_lifetime_is_told_by_its_end(store: DictionaryStore, ttl: float) -> None:
    await store.put("k", {}, collection="c", ttl=ttl)
    written = json.loads(store.texts["c", "k"])
    made, ends = (datetime.fromisoformat(written[name]) for name in ("created_at", "expires_at"))
    assert ends - made == timedelta(seconds=ttl)


@pytest.mark.parametrize(
    "value",
    [None, "text", 1, [1], {1: 2}, {"a": object()}, {"a": {1, 2}}, {"a": b"x"}, {"a": {1: 1, "b": 2}}, {"a": datetime.now()}],
)
async def test_a_value_that_is_no_json_is_refused_as_py_key_value_refuses_it(store: DictionaryStore, value: Any) -> None:
    errors = []
    for peer in (store, MemoryStore()):
        with pytest.raises((TypeError, BaseKeyValueError)) as raised:
            await peer.put("k", value)
        errors.append(raised.type)
    assert errors[0] is errors[1]
    assert store.texts == {}


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
async def test_numbers_that_the_other_half_could_not_read_are_refused(store: DictionaryStore, number: float) -> None:
    with pytest.raises(SerializationError):
        await store.put("k", {"a": [number]})


async def test_what_is_refused_is_not_quoted(store: DictionaryStore) -> None:
    class Secret:
        def __repr__(self) -> str:
            return "CANARY"

    for value in ({"a": Secret()}, {"a": {b"CANARY": 1}}):
        with pytest.raises(SerializationError) as raised:
            await store.put("k", value)
        assert "CANARY" not in str(raised.value)
        assert raised.value.__cause__ is None


async def test_nothing_is_written_where_one_of_many_is_refused(store: DictionaryStore) -> None:
    with pytest.raises(SerializationError):
        await store.put_many(["a", "b"], [{}, {"a": object()}])
    for peer in (store, MemoryStore()):
        with pytest.raises(ValueError):
            await peer.put_many(["a", "b"], [{}])
    assert store.texts == {}


@pytest.mark.parametrize("key", [None, 1, b"k"])
async def test_keys_and_collections_are_text(store: DictionaryStore, key: Any) -> None:
    for peer in (store, MemoryStore()):
        with pytest.raises(TypeError):
            await peer.get(key)
        with pytest.raises(TypeError):
            await peer.delete_many([key])
        with pytest.raises(TypeError):
            await peer.put(key, {})
        if key is not None:
            with pytest.raises(TypeError):
                await peer.get("k", collection=key)


@pytest.mark.parametrize("ends", [after(-60), after(0), "1970-01-01T00:00:00+00:00", "2000-01-01T00:00:00.123+02:00"])
async def test_what_has_ended_is_absent_whatever_the_backend_still_has(store: DictionaryStore, ends: str) -> None:
    store.plant(expires_at=ends)
    assert await store.get("k", collection="c") is None
    assert await store.ttl("k", collection="c") == (None, None)
    assert await store.get_many(["k"], collection="c") == [None]
    assert await store.delete("k", collection="c") is True


async def test_what_has_not_ended_is_there(store: DictionaryStore) -> None:
    store.plant(expires_at=after(60))
    value, left = await store.ttl("k", collection="c")
    assert value == {"n": 1}
    assert left is not None and 59 < left <= 60


@pytest.mark.parametrize(
    "text",
    [
        "",
        "CANARY",
        "[]",
        "null",
        '"CANARY"',
        "{}",
        '{"value": 1}',
        '{"value": null}',
        '{"value": [1]}',
        '{"value": "CANARY"}',
        '{"value": "[1]"}',
        '{"value": {}, "expires_at": null}',
        '{"value": {}, "expires_at": 1}',
        '{"value": {}, "expires_at": "CANARY"}',
        '{"value": {}, "expires_at": "2026-01-01T00:00:00"}',
        '{"value": {}, "created_at": null}',
        '{"value": ' + "[" * 100_000,
    ],
)
async def test_what_is_no_entry_is_a_fault_and_never_not_found(store: DictionaryStore, text: str) -> None:
    store.texts["c", "k"] = text
    with pytest.raises(DeserializationError) as direct:
        load_entry(text)
    assert "CANARY" not in str(direct.value)
    for call in (
        store.get("k", collection="c"),
        store.ttl("k", collection="c"),
        store.get_many(["a", "k"], collection="c"),
        store.ttl_many(["k"], collection="c"),
    ):
        with pytest.raises(StoreFault) as raised:
            await call
        assert str(raised.value) == "dictionary: what is stored is no entry"
        assert raised.value.__cause__ is None
    await store.put("k", {"n": 2}, collection="c")
    assert await store.get("k", collection="c") == {"n": 2}


def test_bytes_that_are_no_text_are_no_entry() -> None:
    with pytest.raises(DeserializationError):
        load_entry(b'{"value": "\xff"}')


@pytest.mark.parametrize(
    "text",
    [
        '{"value": {"n": 1}}',
        '{"value": "{\\"n\\": 1}"}',
        '{"value": {"n": 1}, "created_at": "2026-11-22T10:00:00+00:00", "version": 7, "other": null}',
    ],
)
def test_what_earlier_versions_wrote_is_read(text: str) -> None:
    assert load_entry(text).value == {"n": 1}
    assert load_entry(text.encode()).seconds_left() is None


def test_the_bytes_are_those_of_py_key_value() -> None:
    golden = (
        '{"collection": "mcp-jti-mappings", "created_at": "2026-11-22T10:00:00.123456+00:00", '
        '"expires_at": "2026-11-22T11:00:00.123456+00:00", "key": "k1", "value": {"a": "\\u00e9", "b": 1}, "version": 1}'
    )
    read = load_entry(golden)
    assert read.created_at is not None
    entry = NewEntry(read.value, json.dumps(read.value), read.created_at, read.expires_at)
    assert dump_entry(entry, "mcp-jti-mappings", "k1") == golden


@pytest.mark.parametrize("ttl", [None, 60])
@pytest.mark.parametrize(
    "value",
    [{}, {"b": {"z": 1, "a": [1.0, 1e16, -1e-7, None, True]}, "a": "\u00e9\x7f\U0001f600\n\ud800"}, {"t": (1, 2), "m": {1: "x"}}],
)
async def test_whatever_is_written_has_the_form_of_sorted_json(
    store: DictionaryStore, value: Mapping[str, Any], ttl: float | None
) -> None:
    await store.put('k"\u00e9', value, collection="c\\", ttl=ttl)
    (text,) = store.texts.values()
    # What py-key-value does with the same members.
    assert json.dumps(json.loads(text), sort_keys=True) == text
    members = ["collection", "created_at", *(["expires_at"] if ttl else []), "key", "value", "version"]
    assert list(json.loads(text)) == members


NUMBERS = st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False)
LEAVES = st.none() | st.booleans() | NUMBERS | st.text()
VALUES = st.dictionaries(st.text(), st.recursive(LEAVES, lambda each: st.lists(each) | st.dictionaries(st.text(), each)))


@pytest.fixture(scope="module")
def rocks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rdict]:
    set_hypothesis_home_dir(tmp_path_factory.mktemp("hypothesis"))  # nothing is left beside the sources
    database = Rdict(str(tmp_path_factory.mktemp("rocks")))
    yield database
    database.close()


@pytest.mark.filterwarnings("ignore:A configured store is unstable")
@settings(max_examples=200, deadline=None, database=None)
@given(value=VALUES, key=st.text(), ttl=st.none() | st.floats(1, 1e9))
def test_py_key_value_writes_and_reads_the_same_bytes(rocks: Rdict, value: dict[str, Any], key: str, ttl: float | None) -> None:
    async def run() -> None:
        peer = RocksDBStore(db=rocks)
        await peer.put(key, value, collection="c", ttl=ttl)
        name = f"c::{key}"
        written = rocks[name]
        entry = load_entry(written)
        assert entry.value == value
        assert entry.created_at is not None
        rewritten = dump_entry(new_entry(value, entry.created_at, entry.expires_at), "c", key).encode()
        assert rewritten == written
        ours = DictionaryStore()
        await ours.put(key, value, collection="c", ttl=ttl)
        rocks[name] = ours.texts["c", key].encode()
        found, left = await peer.ttl(key, collection="c")
        assert found == value
        assert (left is None) == (ttl is None)

    asyncio.run(run())


async def test_a_collection_is_prepared_once_by_many_and_again_where_it_failed(store: DictionaryStore) -> None:
    store.away = True
    with pytest.raises(OSError):
        await store.get("k", collection="c")
    store.away = False
    await asyncio.gather(*(store.get("k", collection=name) for name in "cdcdcd"))
    assert sorted(store.prepared) == ["c", "d"]
