"""Encryption of stored values with the keys of the ring: the Fernet envelope of py-key-value."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from typing import Any, TypeVar

from cryptography.fernet import Fernet, MultiFernet
from key_value.aio.errors import DecryptionError
from key_value.aio.protocols.key_value import AsyncKeyValue
from key_value.aio.wrappers.base import BaseWrapper
from key_value.aio.wrappers.encryption.base import BaseEncryptionWrapper

from .each_call import Call, EachCall
from .keys import KeyRing

T = TypeVar("T")

_VERSION = 1
_MARK = "__encrypted_data__"


class OnlyEncrypted(BaseWrapper):
    """Lets pass only values that are encrypted. py-key-value's own wrapper hands others out as they are."""

    def __init__(self, key_value: AsyncKeyValue) -> None:
        self.key_value = key_value

    async def get(self, key: str, *, collection: str | None = None) -> dict[str, Any] | None:
        return _checked(await self.key_value.get(key, collection=collection))

    async def get_many(self, keys: Sequence[str], *, collection: str | None = None) -> list[dict[str, Any] | None]:
        return [_checked(value) for value in await self.key_value.get_many(keys, collection=collection)]

    async def ttl(self, key: str, *, collection: str | None = None) -> tuple[dict[str, Any] | None, float | None]:
        value, left = await self.key_value.ttl(key, collection=collection)
        return _checked(value), left

    async def ttl_many(
        self, keys: Sequence[str], *, collection: str | None = None
    ) -> list[tuple[dict[str, Any] | None, float | None]]:
        found = await self.key_value.ttl_many(keys, collection=collection)
        return [(_checked(value), left) for value, left in found]


def _checked(value: dict[str, Any] | None) -> dict[str, Any] | None:
    if value is not None and _MARK not in value:
        raise DecryptionError("what is stored is not encrypted")
    return value


class RingEncryption(EachCall):
    """The first key encrypts, all decrypt; a rotation is taken up while the process runs.

    A value that is not encrypted is refused: whoever can write to the store could plant one otherwise.
    """

    def __init__(self, key_value: AsyncKeyValue, ring: KeyRing) -> None:
        self._ring = ring
        self._from: tuple[bytes, ...] = ()
        self._fernet: MultiFernet | None = None
        self._sealed = BaseEncryptionWrapper(
            OnlyEncrypted(key_value), self._encrypt, self._decrypt, _VERSION, raise_on_decryption_error=True
        )

    async def _each(self, verb: str, call: Call[T], nothing: T) -> T:
        if not verb.startswith("delete"):  # what is deleted needs no key
            await self._take_up_keys()
        return await call(self._sealed)

    async def _take_up_keys(self) -> None:
        keys = self._ring.at_hand("storage")
        if keys is None:  # in a thread: the secret has to be fetched, five seconds long at worst
            keys = await asyncio.to_thread(self._ring.keys, "storage")
        keys = tuple(keys)
        if keys != self._from:
            self._fernet = MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
            self._from = keys

    def _encrypt(self, data: bytes) -> bytes:
        assert self._fernet is not None
        return self._fernet.encrypt(data)

    def _decrypt(self, data: bytes, version: int) -> bytes:
        if version != _VERSION or self._fernet is None:
            raise DecryptionError(f"encryption version {version} is not known")
        return self._fernet.decrypt(data)
