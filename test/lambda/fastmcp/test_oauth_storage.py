from __future__ import annotations

import base64
import logging

import pytest
from cryptography.fernet import Fernet
from mcp_kit import jwt_signing_key, oauth_storage
from mcp_kit.keys import KeyRing, ring_of
from mcp_kit.deployed_store import opened_store
from mcp_kit.store_faults import watch_faults
from mcp_kit.stores.errors import StoreFault
from mcp_kit.wiring import WiringError

from ring_secret import Secret, document, key

CLIENTS = "mcp-oauth-proxy-clients"


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: object) -> None:
    monkeypatch.setenv("MCP_STORE_URL", f"file://{tmp_path}/store")


async def test_namespace_and_envelope(folder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Secret(monkeypatch, document([1]))
    store = oauth_storage()
    await store.put("client", {"secret": "CANARY"}, collection=CLIENTS, ttl=60)
    stored = await opened_store().store.get("client", collection=f"notes__{CLIENTS}")
    assert stored is not None and set(stored) == {"__encrypted_data__", "__encryption_version__"}
    token = base64.b64decode(stored["__encrypted_data__"])
    assert b"CANARY" in Fernet(base64.urlsafe_b64encode(key(1))).decrypt(token)
    assert await store.get("client", collection=CLIENTS) == {"secret": "CANARY"}
    assert (await store.ttl("client", collection=CLIENTS))[1] == pytest.approx(60, abs=2)
    assert await store.get_many(["client", "other"], collection=CLIENTS) == [{"secret": "CANARY"}, None]
    assert await store.delete("client", collection=CLIENTS)


async def test_rotation_while_it_runs(folder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = Secret(monkeypatch, document([1]))
    now = [1_000_000.0]
    ring = ring_of()
    assert isinstance(ring, KeyRing)
    monkeypatch.setattr(ring._ring._kept, "_now", lambda: now[0])
    store = oauth_storage()
    await store.put("old", {"n": 1}, collection=CLIENTS)
    secret.text = document([2, 1])  # the new key encrypts, both decrypt
    now[0] += 1000  # older than the quarter of an hour in which the ring is trusted
    assert await store.get("old", collection=CLIENTS) == {"n": 1}
    await store.put("new", {"n": 2}, collection=CLIENTS)
    stored = await opened_store().store.get("new", collection=f"notes__{CLIENTS}")
    assert stored is not None
    Fernet(base64.urlsafe_b64encode(key(2))).decrypt(base64.b64decode(stored["__encrypted_data__"]))
    secret.text = document([2])  # the old key is gone, and what it encrypted with it: an error, never "not found"
    now[0] += 1000
    assert await store.get("new", collection=CLIENTS) == {"n": 2}
    with pytest.raises(StoreFault):
        await store.get("old", collection=CLIENTS)


async def test_planted_plaintext_is_refused(folder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    Secret(monkeypatch, document([1]))
    store = oauth_storage()
    await opened_store().store.put("client", {"redirect_uris": ["https://evil.example"]}, collection=f"notes__{CLIENTS}")
    with pytest.raises(StoreFault):
        await store.get("client", collection=CLIENTS)


async def test_a_fault_is_told_to_the_host_and_to_the_log_without_content(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Secret(monkeypatch, document([1]))
    monkeypatch.setenv("MCP_STORE_URL", "dynamodb://notes-table?region=us-east-1&endpoint=http://127.0.0.1:1")
    watch = watch_faults()
    with caplog.at_level(logging.ERROR), pytest.raises(StoreFault) as raised:
        await oauth_storage().get("CANARY-KEY", collection=CLIENTS)
    assert watch.seen
    assert str(raised.value) == "dynamodb table notes-table: get_item: EndpointConnectionError"
    assert "CANARY" not in caplog.text and CLIENTS not in caplog.text


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("memory:", "forgets clients and tokens"),
        ("memcached://localhost", "drops entries"),
        ("redis://localhost", "before a replica has it"),
    ],
)
def test_unfit_stores_are_refused(url: str, problem: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Secret(monkeypatch, document([1]))
    monkeypatch.setenv("MCP_STORE_URL", url)
    with pytest.raises(WiringError, match=f"MCP_STORE_URL is no place for clients and tokens.*{problem}.*dynamodb:"):
        oauth_storage()


def test_a_durable_redis_is_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    Secret(monkeypatch, document([1]))
    monkeypatch.setenv("MCP_STORE_URL", "redis://localhost?durable=true")
    oauth_storage()


def test_the_loss_of_writes_is_accepted_where_it_is_the_only_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    Secret(monkeypatch, document([1]))
    monkeypatch.setenv("MCP_ALLOW_LOST_WRITES", "true")
    monkeypatch.setenv("MCP_STORE_URL", "redis://localhost")
    oauth_storage()
    monkeypatch.setenv("MCP_STORE_URL", "memcached://localhost")
    with pytest.raises(WiringError, match="drops entries"):
        oauth_storage()
    monkeypatch.setenv("MCP_STORE_URL", "redis://localhost")
    monkeypatch.setenv("MCP_ALLOW_LOST_WRITES", "yes")
    with pytest.raises(WiringError, match="MCP_ALLOW_LOST_WRITES must be true or false"):
        oauth_storage()


def test_nothing_is_stored_in_clear_on_aws(folder: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "notes")
    with pytest.raises(WiringError, match="MCP_KEYS_SECRET is not set, and tokens are never stored in clear"):
        oauth_storage()


def test_the_signing_key(monkeypatch: pytest.MonkeyPatch) -> None:
    Secret(monkeypatch, document([1], signing=7))
    signing = jwt_signing_key()
    assert signing == base64.urlsafe_b64encode(key(7)) and len(signing) == 44
    monkeypatch.delenv("MCP_KEYS_SECRET")
    with pytest.raises(WiringError, match="MCP_KEYS_SECRET is not set"):
        jwt_signing_key()
