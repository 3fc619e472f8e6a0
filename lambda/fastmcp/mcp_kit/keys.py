"""The key ring: keys for each purpose, the current one first. The same document and the same keys as in TypeScript."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import logging
import os
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from .laptop import in_dev
from .refreshing import Refreshing
from .secret_text import SecretError, fetch_secret
from .wiring import KEYS_SECRET, WiringError, read_keys_secret

#: What a key is for. One purpose never reads another's data, so each can be rotated alone.
PURPOSES = ("storage", "request-state", "token-signing")
KEY_BYTES = 32

#: Part of the derivation. A change orphans everything that was ever encrypted.
_SALT = b"cdk-mcp-kit"
_MIN_ROOT_LENGTH = 43
_log = logging.getLogger("mcp_kit.keys")
_KID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class KeyRingError(Exception):
    """The keys cannot be had. The message names the secret and the fault, never what the secret holds."""

    def __init__(self, source: str, problem: str, *, retryable: bool = False) -> None:
        super().__init__(f"key ring {source}: {problem}")
        #: Whether the same call may succeed later.
        self.retryable = retryable


Ring = Mapping[str, Sequence[bytes]]


class KeyRing:
    """The ring in a secret of Secrets Manager: read at the first use, again when five minutes old behind the callers'
    backs, and good for a day while Secrets Manager is down."""

    def __init__(self, arn: str) -> None:
        self._arn = arn
        self._ring: Refreshing[Ring] = Refreshing(self._load)

    def keys(self, purpose: str) -> Sequence[bytes]:
        """Keys of 32 bytes, the current one first; never empty. Blocking at the first use.

        Raises:
            KeyRingError: the secret cannot be read, is malformed, or has no keys for the purpose.
        """
        return self._of(purpose, self._ring.get())

    def at_hand(self, purpose: str) -> Sequence[bytes] | None:
        """The same without waiting; None where the secret has to be read first. Raises KeyRingError as ``keys`` does."""
        ring = self._ring.at_hand()
        return None if ring is None else self._of(purpose, ring)

    def _of(self, purpose: str, ring: Ring) -> Sequence[bytes]:
        keys = ring.get(purpose)
        if not keys:
            raise KeyRingError(self._arn, f'has no keys for "{purpose}"; add a list of that name')
        return keys

    def _load(self) -> Ring:
        try:
            return parse_ring(fetch_secret(self._arn), self._arn)
        except SecretError as error:
            raise KeyRingError(self._arn, error.problem, retryable=error.retryable) from None


_rings: dict[str, KeyRing] = {}
_rings_lock = threading.Lock()


def ring_of(env: Mapping[str, str] = os.environ) -> KeyRing | None:
    """The ring that ``MCP_KEYS_SECRET`` names, one for each process; None on a laptop."""
    arn = read_keys_secret(env)
    if arn is None:
        return None
    with _rings_lock:
        return _rings.setdefault(arn, KeyRing(arn))


def jwt_signing_key() -> bytes:
    """The key that FastMCP signs its own tokens with: ``OAuthProxy(jwt_signing_key=…)``, and its providers alike.

    Bytes on purpose: of a text FastMCP derives a key, one million rounds at every start. The key is that of the purpose
    ``token-signing``, which encrypts nothing, so that either can be replaced alone; replacing this one ends the sessions of
    all clients. Under ``python -m mcp_kit dev``, without ``MCP_KEYS_SECRET``, it is random and ends with the process.

    Raises:
        WiringError: ``MCP_KEYS_SECRET`` is not set: every instance would sign with a key of its own.
        KeyRingError: the secret cannot be read.
    """
    ring = ring_of()
    if ring is None and in_dev():
        return base64.urlsafe_b64encode(_key_of_this_process())
    if ring is None:
        problem = "is not set, and tokens that one instance signs are good for the others only with a key they share"
        raise WiringError(KEYS_SECRET, problem, "arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf")
    return base64.urlsafe_b64encode(ring.keys("token-signing")[0])


_own: bytes | None = None


def _key_of_this_process() -> bytes:
    global _own
    with _rings_lock:
        if _own is None:
            _own = os.urandom(KEY_BYTES)
            _log.info("tokens are signed with a random key, and are worth nothing when this process ends: there is no key ring")
        return _own


def parse_ring(text: str, source: str) -> Ring:
    """Parses a ring's secret in either form: ``{"root":"…"}``, from which each purpose gets a key of its own, or the full
    ring ``{"version":1,"storage":[{"kid":"…","key":"…"}],…}``.

    Raises:
        KeyRingError: it is neither; ``source`` names the secret.
    """

    def fail(problem: str) -> NoReturn:
        raise KeyRingError(source, problem) from None  # the parser's own message would quote the secret

    try:
        document: Any = json.loads(text)
    except ValueError:
        fail("is not JSON")
    if not isinstance(document, dict):
        fail("is not a JSON object")
    if document.get("version", 1) != 1 or isinstance(document.get("version"), bool):
        fail('has a "version" that this release does not know (it knows 1)')
    listed = [purpose for purpose in PURPOSES if purpose in document]
    if "root" in document:
        if listed:
            fail('has both a "root" and lists of keys; keep one of them')
        root = document["root"]
        if not isinstance(root, str) or len(root) < _MIN_ROOT_LENGTH:
            fail(f'has a "root" that is not a text of at least {_MIN_ROOT_LENGTH} random characters')
        return {purpose: (derive(root, f"key/{purpose}", KEY_BYTES),) for purpose in PURPOSES}
    if not listed:
        fail(f'has neither a "root" nor keys for {" or ".join(PURPOSES)}')
    if "version" not in document:
        fail('lists keys without "version": 1')
    ring: dict[str, tuple[bytes, ...]] = {}
    seen: set[bytes] = set()
    for purpose in listed:
        entries = document[purpose]
        if not isinstance(entries, list) or not entries:
            fail(f'"{purpose}" is not a non-empty list of keys')
        keys: list[bytes] = []
        kids: set[str] = set()
        for index, item in enumerate(entries):
            where = f'"{purpose}"[{index}]'
            if not isinstance(item, dict):
                fail(f'{where} is not an object with "kid" and "key"')
            kid, key = item.get("kid"), _key_of(item.get("key"))
            if not isinstance(kid, str) or not _KID.fullmatch(kid):
                fail(f'{where} has no "kid" of 1 to 64 letters, digits, ".", "_" or "-"')
            if key is None:
                fail(f'{where} has no "key" of {KEY_BYTES} bytes in base64url without padding')
            if kid in kids:
                fail(f'{where} has the "kid" of a key before it')
            if key in seen:
                fail(f'{where} has the "key" of one before it; every purpose needs its own')
            kids.add(kid)
            seen.add(key)
            keys.append(key)
        ring[purpose] = tuple(keys)
    return ring


def derive(root: str, info: str, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869) of the root, by hand: two lines, and no library to load for them."""
    pseudo_random = hmac.new(_SALT, root.encode(), hashlib.sha256).digest()
    return hmac.new(pseudo_random, f"cdk-mcp-kit/v1/{info}".encode() + b"\x01", hashlib.sha256).digest()[:length]


def _key_of(value: object) -> bytes | None:
    if not isinstance(value, str):
        return None
    try:
        key = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return None
    # Encoding it again catches what the decoder tolerates.
    canonical = base64.urlsafe_b64encode(key).rstrip(b"=").decode()
    return key if len(key) == KEY_BYTES and canonical == value else None
