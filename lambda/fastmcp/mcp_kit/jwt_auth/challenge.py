"""The answers to callers who may not pass: what each client needs to get a token that will do."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..serve.replies import Reply, json_reply


@dataclass(frozen=True)
class ChallengeContext:
    """Sent with every challenge."""

    #: URL of the protected-resource metadata (RFC 9728 section 5.1).
    resource_metadata_url: str
    #: Scopes that the operation needs, all of them.
    scopes: Sequence[str]


def credentials_missing(context: ChallengeContext) -> Reply:
    """401 without an ``error``: the client has sent no credentials (RFC 6750 section 3.1)."""
    return _refuse(401, "invalid_token", "A bearer token is required", _challenge(context))


def token_invalid(context: ChallengeContext) -> Reply:
    """401: the token is not accepted. The description never says why: that would tell a forger how far the forgery got."""
    description = "The access token is invalid, expired, or not meant for this server"
    return _refuse(401, "invalid_token", description, _challenge(context, "invalid_token", description))


def request_malformed(context: ChallengeContext) -> Reply:
    """400: the header is no bearer credential at all (RFC 6750 section 3.1, ``invalid_request``)."""
    description = 'The Authorization header must be one "Bearer" followed by one token'
    return _refuse(400, "invalid_request", description, _challenge(context, "invalid_request", description))


def scope_insufficient(context: ChallengeContext) -> Reply:
    """403: a good token that lacks a scope; names every scope of the operation, so that one step-up is enough."""
    description = "The access token does not have every scope that this operation needs"
    return _refuse(403, "insufficient_scope", description, _challenge(context, "insufficient_scope", description))


def check_unavailable(retry_after_seconds: int) -> Reply:
    """503: the token cannot be checked now. Never 401, which would make clients throw away a good token."""
    body = {"error": "temporarily_unavailable", "error_description": "Tokens cannot be checked at the moment"}
    return json_reply(503, body, {"cache-control": "no-store", "retry-after": str(retry_after_seconds)})


def signature_missing() -> Reply:
    """403 where AWS should have checked a signature and has not."""
    description = "This server accepts only requests that AWS has authenticated (Signature Version 4)"
    body = {"error": "access_denied", "error_description": description}
    return json_reply(403, body, {"cache-control": "no-store"})


def _refuse(status: int, error: str, description: str, challenge: str) -> Reply:
    # The OAuth error object, as FastMCP sends it: at this point there is no JSON-RPC id.
    body = {"error": error, "error_description": description}
    return json_reply(status, body, {"cache-control": "no-store", "www-authenticate": challenge})


def _challenge(context: ChallengeContext, error: str | None = None, description: str | None = None) -> str:
    parameters = [("error", error)] if error else []
    parameters += [("error_description", description)] if description else []
    parameters.append(("resource_metadata", context.resource_metadata_url))
    if context.scopes:
        parameters.append(("scope", " ".join(context.scopes)))
    return "Bearer " + ", ".join(f'{name}="{_quoted(value or "")}"' for name, value in parameters)


def _quoted(value: str) -> str:
    """Content of a quoted-string (RFC 9110 section 5.6.4): nothing in a value can end the string or the header line."""
    return re.sub(r'(["\\])', r"\\\1", re.sub(r"[^\x20-\x7e]", " ", value))
