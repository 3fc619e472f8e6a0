"""Store URLs and their options, read strictly: a misspelt option must not be ignored, least of all one about encryption."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from ..wiring import is_secret_arn
from .errors import StoreUrlError

_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|::1")
_REGION = re.compile(r"[a-z][a-z0-9-]{1,40}")


class StoreUrl:
    """One store URL. Messages name options, never values: people put passwords into URLs."""

    def __init__(self, text: str, *, options: Sequence[str], example: str) -> None:
        """Raises StoreUrlError when there is a password, a fragment, an unknown option, an empty one, or one that comes twice."""
        self._example = example
        self._scheme = text.split(":", 1)[0].lower()
        try:
            self.parts: SplitResult = urlsplit(text)
            self.port = self.parts.port
        except ValueError:
            self.fail("is not a URL")
        if self.parts.password is not None:
            self.fail("must not contain a password: name the ARN of a secret with ?secret=ARN")
        if self.parts.fragment:
            self.fail("has no fragment")
        pairs = parse_qsl(self.parts.query, keep_blank_values=True)
        self._options: dict[str, str] = {}
        for name, value in pairs:
            if name not in options:
                told = f', not "{name}"' if re.fullmatch(r"[A-Za-z]{1,30}", name) else ", and not what is there"
                self.fail(f"has the options {', '.join(options)}{told}" if options else f"has no options{told}")
            if value == "":
                self.fail(f"has an empty {name}: give it a value, or leave it out")
            if name in self._options:
                self.fail(f"has the option {name} more than once")
            self._options[name] = value

    @property
    def host(self) -> str:
        """The host, in lower case, without the brackets of IPv6."""
        return self.parts.hostname or self.fail("names a host")

    @property
    def user(self) -> str | None:
        """The user before the host."""
        return unquote(self.parts.username) if self.parts.username else None

    def text(self, name: str) -> str | None:
        """An option as it is written."""
        return self._options.get(name)

    def flag(self, name: str) -> bool:
        """An option that is true or false; false when absent."""
        value = self._options.get(name, "false")
        if value not in ("true", "false"):
            self.fail(f"has {name}=true or {name}=false")
        return value == "true"

    def choice(self, name: str, choices: Sequence[str]) -> str | None:
        """An option that is one of some words."""
        value = self._options.get(name)
        if value is not None and value not in choices:
            self.fail(f"has {name}={'|'.join(choices)}")
        return value

    def number(self, name: str, smallest: int, largest: int) -> int | None:
        """An option that is a whole number."""
        value = self._options.get(name)
        if value is None:
            return None
        if not re.fullmatch(r"\d{1,12}", value) or not smallest <= int(value) <= largest:
            self.fail(f"has a whole number from {smallest} to {largest} as {name}")
        return int(value)

    def secret_arn(self) -> str | None:
        """The option ``secret``: an ARN, above all not the password itself."""
        value = self._options.get("secret")
        if value is not None and not is_secret_arn(value):
            self.fail("has the ARN of a secret of Secrets Manager as secret, never the password itself")
        return value

    def region(self) -> str | None:
        """The option ``region``. A label of a host: it becomes part of the address that requests go to."""
        value = self._options.get("region")
        if value is not None and not _REGION.fullmatch(value):
            self.fail("has the name of a region as region")
        return value

    def ca(self) -> str | None:
        """The option ``ca``: the absolute path of a PEM file, or None."""
        value = self._options.get("ca")
        if value is not None and not value.startswith("/"):
            self.fail("has the absolute path of a PEM file as ca")
        return value

    def check_transport(self, *, tls: bool, advice: str, named_authorities: Sequence[str] = ()) -> None:
        """The options ``plaintext`` and ``ca``: without TLS only to this machine, unless ``plaintext=true`` says that the
        network is safe."""
        plaintext = self.flag("plaintext")
        if tls and plaintext:
            self.fail("has TLS: plaintext=true contradicts it")
        if not tls and not plaintext and not _LOOPBACK.fullmatch(self.host):
            self.fail(f"sends everything in clear: {advice}, or add plaintext=true when the network is safe")
        if self.text("ca") is not None and not tls:
            self.fail("without TLS has no ca")
        if self.text("ca") not in named_authorities:
            self.ca()

    def fail(self, problem: str) -> NoReturn:
        """Raises StoreUrlError; the problem goes after "a NAME: URL of a store"."""
        article = "an" if self._scheme[:1] in "aeiou" else "a"
        raise StoreUrlError(f"{article} {self._scheme}: URL of a store {problem}", self._example) from None
