"""A key ring whose secret the test changes, in the place of Secrets Manager."""

from __future__ import annotations

import base64
import json
from typing import Any

ARN = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf"


def key(byte: int) -> bytes:
    return bytes([byte]) * 32


def document(storage: list[int], signing: int = 200) -> str:
    def entry(byte: int) -> dict[str, str]:
        return {"kid": f"k{byte}", "key": base64.urlsafe_b64encode(key(byte)).rstrip(b"=").decode()}

    return json.dumps({"version": 1, "storage": [entry(byte) for byte in storage], "token-signing": [entry(signing)]})


class Secret:
    """What the secret says now, and how often it was asked."""

    def __init__(self, monkeypatch: Any, text: str) -> None:
        from mcp_kit import keys

        self.text = text
        self.asked = 0
        monkeypatch.setenv("MCP_KEYS_SECRET", ARN)
        monkeypatch.setattr(keys, "fetch_secret", self._fetch)

    def _fetch(self, arn: str) -> str:
        assert arn == ARN
        self.asked += 1
        return self.text
