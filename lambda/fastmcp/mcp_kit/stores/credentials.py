"""User and password of a store, in a secret of Secrets Manager."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..kept_value import Trust
from ..refreshing import Refreshing
from ..secret_text import SecretError, fetch_secret


@dataclass(frozen=True)
class Credentials:
    """What a secret says. A text that is no JSON is a password."""

    username: str | None = None
    password: str | None = None
    api_key: str | None = None


def secret_credentials(arn: str) -> Refreshing[Credentials]:
    """Read at the first use, and again when five minutes old or when the server refuses them (``renew``)."""
    return Refreshing(lambda: _read(fetch_secret(arn), arn), Trust(retry=2))


def _read(text: str, arn: str) -> Credentials:
    try:
        document = json.loads(text)
    except ValueError:
        return Credentials(password=text.strip())
    if not isinstance(document, dict):
        return Credentials(password=text.strip())

    def member(name: str) -> str | None:
        value = document.get(name)
        return value if isinstance(value, str) else None

    found = Credentials(member("username"), member("password"), member("apiKey"))
    if found.password is None and found.api_key is None:
        raise SecretError(arn, 'the JSON has neither a "password" nor an "apiKey" that is text', retryable=False)
    return found
