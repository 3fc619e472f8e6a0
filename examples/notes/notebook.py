"""Where notes are: the store of the deployment, in the namespace of this server."""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict

from mcp_kit import server_store

_NOTES = "notes"
_TITLES = "note-titles"
#: Two calls of one process must not write a person's list of titles at the same time.
_locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


class Notebook:
    """The notes of one person. Keys are hashes: no name and no title is read from the keys of the store."""

    def __init__(self, person: str) -> None:
        self._person = _hash(person)

    @classmethod
    def of(cls, person: str) -> Notebook:
        """The notebook of a person, by who they are to the issuer."""
        return cls(person)

    async def write(self, title: str, text: str) -> None:
        """Keeps a note. The list of titles is read and written: of two instances that add different notes of one person at the
        same moment, one may be missing from the list, and is read by its title all the same."""
        store = server_store()
        await store.put(self._key(title), {"title": title, "text": text}, collection=_NOTES)
        async with _locks[self._person]:
            titles = await self.titles()
            if title not in titles:
                await store.put(self._person, {"titles": sorted([*titles, title])}, collection=_TITLES)

    async def read(self, title: str) -> str | None:
        """The text of a note; None when there is none."""
        note = await server_store().get(self._key(title), collection=_NOTES)
        return None if note is None else str(note["text"])

    async def titles(self) -> list[str]:
        """All titles, sorted."""
        entry = await server_store().get(self._person, collection=_TITLES)
        return [] if entry is None else [str(title) for title in entry["titles"]]

    def _key(self, title: str) -> str:
        return f"{self._person}/{_hash(title)}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]
