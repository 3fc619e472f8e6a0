"""The wiring contract: every environment variable that a deployed server reads.

Constructs write them, this module reads them, people can set them by hand. The same names and the same rules as in the
TypeScript half (``lambda/wiring.ts``). Secrets never travel here: only the ARN to fetch them from.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import SplitResult, urlsplit

SERVER_NAME = "MCP_SERVER_NAME"
BASE_URL = "MCP_BASE_URL"
STORE_URL = "MCP_STORE_URL"
KEYS_SECRET = "MCP_KEYS_SECRET"
AUTH = "MCP_AUTH"
ALLOW_LOST_WRITES = "MCP_ALLOW_LOST_WRITES"

#: Signature algorithms that a policy may name: asymmetric ones only.
JWT_ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)

_SERVER_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]|_(?!_|$)){0,62}")
_SECRET_ARN = re.compile(r"arn:[^:]+:secretsmanager:[^:]+:\d{12}:secret:.+")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
_LOOPBACK = re.compile(r"localhost|.+\.localhost|127(?:\.\d{1,3}){3}|::1|\[::1\]")

_STORE_EXAMPLE = "dynamodb://my-table?region=us-east-1"
_AUTH_EXAMPLE = (
    '{"mode":"jwt","issuer":"https://idp.example.com","audience":["https://mcp.example.com/mcp"],"scopes":[]}'
)


class WiringError(Exception):
    """A variable is missing or malformed. The message names it and gives an example; never its value."""

    def __init__(self, variable: str, problem: str, example: str) -> None:
        super().__init__(f"{variable} {problem}. Example: {variable}={example}")
        #: Name of the variable.
        self.variable = variable


@dataclass(frozen=True)
class SimpleAuthPolicy:
    """``none``: anybody may call. ``iam``: AWS checks a signature first. ``server``: the server's own provider checks."""

    mode: str


@dataclass(frozen=True)
class JwtAuthPolicy:
    """The server checks an OAuth 2.1 bearer token (a JWT)."""

    #: Issuer, compared character for character with the ``iss`` claim.
    issuer: str
    #: Accepted values of ``aud``: one of them must be in the token.
    audience: tuple[str, ...]
    #: Scopes that every call needs.
    scopes: tuple[str, ...] = ()
    #: Accepted signature algorithms. Default: all of ``JWT_ALGORITHMS``.
    algorithms: tuple[str, ...] | None = None
    #: Where the issuer's keys are. Default: found through its metadata.
    jwks_uri: str | None = None
    mode: str = "jwt"


AuthPolicy = SimpleAuthPolicy | JwtAuthPolicy


@dataclass(frozen=True)
class Wiring:
    """The environment, read and checked once."""

    #: Namespace of this server in a shared store; also its name in logs.
    server_name: str
    #: Public origin without a trailing slash; None where AWS tells it with each request.
    base_url: str | None
    #: The store, as one URL.
    store_url: str
    #: ARN of the key ring; None on a laptop.
    keys_secret: str | None
    auth: AuthPolicy


def is_loopback(hostname: str | None) -> bool:
    """Whether a host name of a URL is this machine."""
    return hostname is not None and _LOOPBACK.fullmatch(hostname) is not None


def is_secure_url(text: str) -> bool:
    """Whether keys and tokens may travel to this address: https, or http that never leaves the machine."""
    url = _split(text)
    return url is not None and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname)))


def read_wiring(env: Mapping[str, str] = os.environ) -> Wiring:
    """Reads and checks the environment.

    Raises:
        WiringError: a variable is missing or malformed.
    """
    return Wiring(
        server_name=read_server_name(env),
        base_url=read_base_url(env),
        store_url=read_store_url(env),
        keys_secret=read_keys_secret(env),
        auth=read_auth(env),
    )


def read_server_name(env: Mapping[str, str] = os.environ) -> str:
    """``MCP_SERVER_NAME``. Raises WiringError when it could not be part of keys."""
    name = env.get(SERVER_NAME)
    if not name:
        raise WiringError(SERVER_NAME, "is not set", "notes")
    if not _SERVER_NAME.fullmatch(name):
        problem = (
            'must be 1 to 63 letters, digits, ".", "-" or single "_", beginning with a letter or digit and not ending '
            'in "_"'
        )
        raise WiringError(SERVER_NAME, problem, "notes")
    return name


def read_base_url(env: Mapping[str, str] = os.environ) -> str | None:
    """``MCP_BASE_URL``, as an origin without a trailing slash. Raises WiringError when it is none."""
    text = env.get(BASE_URL)
    if not text:
        return None
    example = "https://mcp.example.com"
    url = _split(text)
    if url is None or url.scheme not in ("http", "https"):
        raise WiringError(BASE_URL, "must be an http or https URL", example)
    if url.path not in ("", "/") or url.query or url.fragment or url.username is not None or url.password is not None:
        raise WiringError(BASE_URL, "must be an origin: no path, query, fragment or credentials", example)
    default = {"http": 80, "https": 443}[url.scheme]
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    return f"{url.scheme}://{host}" + (f":{url.port}" if url.port not in (None, default) else "")


def read_store_url(env: Mapping[str, str] = os.environ) -> str:
    """``MCP_STORE_URL``. Its scheme and options are checked when the store is opened. Raises WiringError."""
    text = (env.get(STORE_URL) or "").strip()
    if not text:
        raise WiringError(STORE_URL, "is not set", _STORE_EXAMPLE)
    if not re.match(r"[a-z][a-z0-9+.-]*:", text, re.IGNORECASE):
        raise WiringError(STORE_URL, "is not a URL", _STORE_EXAMPLE)
    try:
        has_password = urlsplit(text).password is not None
    except ValueError:
        raise WiringError(STORE_URL, "is not a URL", _STORE_EXAMPLE) from None
    if has_password:
        raise WiringError(STORE_URL, "must not contain a password", _STORE_EXAMPLE)
    return text


def read_keys_secret(env: Mapping[str, str] = os.environ) -> str | None:
    """``MCP_KEYS_SECRET``. Raises WiringError when it is not the ARN of a secret."""
    text = env.get(KEYS_SECRET)
    if not text:
        return None
    if not is_secret_arn(text):
        example = "arn:aws:secretsmanager:us-east-1:111122223333:secret:Keys-AbCdEf"
        raise WiringError(KEYS_SECRET, "must be the ARN of a secret, never a key", example)
    return text


def read_allow_lost_writes(env: Mapping[str, str] = os.environ) -> bool:
    """``MCP_ALLOW_LOST_WRITES``: whether a failover of the store may lose clients and tokens. Raises WiringError."""
    text = env.get(ALLOW_LOST_WRITES)
    if text and text not in ("true", "false"):
        raise WiringError(ALLOW_LOST_WRITES, "must be true or false", "true")
    return text == "true"


def is_secret_arn(text: str) -> bool:
    """Whether a text is the ARN of a secret in Secrets Manager."""
    return _SECRET_ARN.fullmatch(text) is not None


def read_auth(env: Mapping[str, str] = os.environ) -> AuthPolicy:
    """``MCP_AUTH``. Raises WiringError; a misspelt member is refused, as it would silently lift a restriction."""
    text = env.get(AUTH)
    if not text:
        _fail('is not set; a server that anybody may call says so: {"mode":"none"}')
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        _fail("is not JSON")
    if not isinstance(policy, dict):
        _fail("must be a JSON object")
    members = dict(policy)
    mode = members.pop("mode", None)
    if mode not in ("none", "iam", "jwt", "server"):
        _fail('must have the mode "none", "iam", "jwt" or "server"')
    known = ("issuer", "audience", "scopes", "algorithms", "jwksUri") if mode == "jwt" else ()
    if any(name not in known for name in members):
        names = ", ".join(("mode", *known))
        _fail(f'with the mode "{mode}" has members that do not belong there; known are: {names}')
    return _jwt_policy(members) if mode == "jwt" else SimpleAuthPolicy(mode)


def _jwt_policy(members: Mapping[str, Any]) -> JwtAuthPolicy:
    issuer = members.get("issuer")
    url = _split(issuer) if isinstance(issuer, str) else None
    if not isinstance(issuer, str) or url is None:
        _fail('must have an "issuer" that is a URL')
    if not is_secure_url(issuer):
        _fail('must have an https "issuer" (http only on loopback)')
    if re.search(r"[?#]", issuer) or url.username is not None or url.password is not None:
        _fail('must have an "issuer" without query, fragment and credentials (RFC 8414 section 2)')
    audience = _texts(members.get("audience"))
    if not audience:
        _fail('must have a non-empty list of strings as "audience"')
    scopes = _texts(members.get("scopes", []))
    if scopes is None:
        _fail('must have a list of strings as "scopes"')
    if not all(_SCOPE.fullmatch(scope) for scope in scopes):
        _fail('must have "scopes" of printable ASCII without spaces, quotes and backslashes, one scope per item')
    algorithms: tuple[str, ...] | None = None
    if members.get("algorithms") is not None:
        algorithms = _texts(members["algorithms"])
        if not algorithms:
            _fail('must have a non-empty list of strings as "algorithms"')
        if not all(name in JWT_ALGORITHMS for name in algorithms):
            _fail(f'must have only asymmetric "algorithms": {", ".join(JWT_ALGORITHMS)}')
    jwks_uri = members.get("jwksUri")
    if jwks_uri is not None:
        keys_url = _split(jwks_uri) if isinstance(jwks_uri, str) else None
        if keys_url is None or not isinstance(jwks_uri, str):
            _fail('must have a URL as "jwksUri"')
        if not is_secure_url(jwks_uri):
            _fail('must have an https "jwksUri" (http only on loopback)')
        if keys_url.username is not None or keys_url.password is not None:
            _fail('must have a "jwksUri" without credentials')
    return JwtAuthPolicy(issuer, audience, scopes, algorithms, jwks_uri)


def _fail(problem: str) -> NoReturn:
    raise WiringError(AUTH, problem, _AUTH_EXAMPLE) from None


def _texts(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    return tuple(value) if all(isinstance(item, str) and item for item in value) else None


def _split(text: str) -> SplitResult | None:
    try:
        url = urlsplit(text)
        _ = url.port  # raises when it is none
    except ValueError:
        return None
    return url if url.scheme and url.hostname else None
