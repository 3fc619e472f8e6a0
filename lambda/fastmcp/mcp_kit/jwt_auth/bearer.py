"""What the ``Authorization`` header says about a bearer token."""

from __future__ import annotations

import re

#: The grammar ``b64token`` of RFC 6750 section 2.1. A comma is not in it: two joined headers never pass for one.
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")


class MalformedCredentials(Exception):
    """The bearer scheme, but not one token: nothing behind it, two headers joined, characters that no token has."""


def bearer_token(authorization: str | None) -> str | None:
    """The token in the value of the ``Authorization`` header, the only place where one is looked for.

    Returns:
        None for no header, an empty one, or another scheme.

    Raises:
        MalformedCredentials: the scheme is there, one token is not.
    """
    text = (authorization or "").strip()
    if not re.match(r"bearer(?:[ \t,]|$)", text, re.IGNORECASE):
        return None
    token = text[len("bearer") :].strip()
    if not _TOKEN.fullmatch(token):
        raise MalformedCredentials
    return token
