"""Whether a token is good."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import TokenRefused
from .issuer_keys import IssuerKeys, KeySet
from .json_web_keys import UnusableKey, from_base64url, matching_keys, verifies

#: Media types of access tokens: RFC 9068, and the general one. Absent is common.
_TYPES = ("at+jwt", "jwt")
#: Keys without an id are tried one after the other; more than these make a token too dear to check.
_MAX_CANDIDATES = 16


@dataclass(frozen=True)
class JwtRules:
    """What a token is checked against."""

    issuer: str
    audience: Sequence[str]
    algorithms: Sequence[str]
    #: Seconds by which clocks may differ.
    clock_tolerance: float
    #: Seconds since the epoch.
    now: Callable[[], float]


@dataclass(frozen=True)
class VerifiedToken:
    """What a verified token says."""

    client_id: str
    subject: str
    scopes: tuple[str, ...]
    #: Seconds since the epoch.
    expires_at: float
    #: All claims, for the server's own code.
    claims: Mapping[str, Any]


class _KeyMissing(TokenRefused):
    pass


class _BadSignature(TokenRefused):
    pass


async def verify_jwt(token: str, rules: JwtRules, keys: IssuerKeys) -> VerifiedToken:
    """Checks a token against the policy and the issuer's keys. Keys come from the issuer alone: ``jwk``, ``jku``, ``x5u`` and
    ``x5c`` in the token's header are not looked at, and ``kid`` is only compared.

    Raises:
        TokenRefused: the token is not good.
        IssuerUnavailable: nobody can tell.
    """
    header, claims, signature, signed = _parse(token)
    kid = _check_unverified(header, claims, rules)
    algorithm: str = header["alg"]

    def check(key_set: KeySet) -> None:
        _check_signature(key_set, algorithm, kid, signature, signed)

    key_set = await keys.current()
    try:
        check(key_set)
    except (_KeyMissing, _BadSignature) as error:
        # A key that the issuer has begun to use since. Without an id, a new key shows only as a bad signature.
        if isinstance(error, _BadSignature) and kid is not None:
            raise
        newer = await keys.newer(key_set)
        if newer is None:
            raise
        check(newer)
    _check_claims(claims, rules)
    return _read_claims(claims)


def _parse(token: str) -> tuple[dict[str, Any], dict[str, Any], bytes, bytes]:
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenRefused("not a JWT")
    try:
        header, claims = _object(from_base64url(parts[0])), _object(from_base64url(parts[1]))
        signature = from_base64url(parts[2])
    except (ValueError, RecursionError):
        raise TokenRefused("not a JWT") from None
    return header, claims, signature, f"{parts[0]}.{parts[1]}".encode("ascii")


def _object(data: bytes) -> dict[str, Any]:
    value = json.loads(data.decode("utf-8"), parse_constant=_no_constant, parse_int=_number)
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _no_constant(_: str) -> None:
    raise ValueError("no number of JSON")


def _number(text: str) -> float:
    """Integers of any length: Python refuses to read very long ones, and takes long to read long ones."""
    return int(text) if len(text) < 18 else float(text)


def _check_unverified(header: Mapping[str, Any], claims: Mapping[str, Any], rules: JwtRules) -> str | None:
    """What can be said before any key is looked at. Nothing is trusted yet, but a token that cannot be good must not cost a
    signature check, nor make this server call the issuer. Returns the key id."""
    algorithm, typ, kid = header.get("alg"), header.get("typ"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in rules.algorithms:
        raise TokenRefused("algorithm not allowed")
    if "typ" in header:
        named = re.sub(r"^application/", "", typ.lower()) if isinstance(typ, str) else ""
        if named not in _TYPES:
            raise TokenRefused("not the type of an access token")
    if "crit" in header:
        raise TokenRefused("critical extension not understood")
    if "kid" in header and not isinstance(kid, str):
        raise TokenRefused("key id is not a string")
    if claims.get("iss") != rules.issuer:
        raise TokenRefused("another issuer")
    return kid if isinstance(kid, str) else None


def _check_signature(key_set: KeySet, algorithm: str, kid: str | None, signature: bytes, signed: bytes) -> None:
    candidates = matching_keys(key_set, algorithm, kid)
    if not candidates:
        raise _KeyMissing("unknown key")
    for key in candidates[:_MAX_CANDIDATES]:
        if "d" in key:  # a private key: an issuer that publishes it is one that anybody can be
            raise TokenRefused("malformed token")
        try:
            if verifies(key, algorithm, signature, signed):
                return
        except UnusableKey:
            # Not about the token: a published key that cannot be used, such as RSA with fewer than 2048 bits.
            raise TokenRefused("the key of the token cannot be used") from None
    raise _BadSignature("bad signature")


def _check_claims(claims: Mapping[str, Any], rules: JwtRules) -> None:
    now = math.floor(rules.now())
    for name in ("exp", "sub", "aud"):
        if name not in claims:
            raise TokenRefused("another audience" if name == "aud" else f'claim "{name}" missing or malformed')
    audience = claims["aud"]
    named = audience if isinstance(audience, list) else [audience]
    if not any(isinstance(item, str) and item in rules.audience for item in named):
        raise TokenRefused("another audience")
    for name in ("iat", "nbf", "exp"):
        if name in claims and not _is_number(claims[name]):
            raise TokenRefused("not yet valid" if name == "nbf" else f'claim "{name}" missing or malformed')
    if "nbf" in claims and claims["nbf"] > now + rules.clock_tolerance:
        raise TokenRefused("not yet valid")
    if claims["exp"] <= now - rules.clock_tolerance:
        raise TokenRefused("expired")


def _read_claims(claims: dict[str, Any]) -> VerifiedToken:
    subject, expires = claims["sub"], claims["exp"]
    if not _is_text(subject):
        raise TokenRefused('claim "sub" is not a non-empty string')
    if not math.isfinite(expires):
        raise TokenRefused('claim "exp" is not a finite number')
    # Cognito's ID tokens carry the client id as audience; they are for the client, not for a server.
    if "token_use" in claims and claims["token_use"] != "access":
        raise TokenRefused('claim "token_use" is not "access"')
    client = next((claims[name] for name in ("client_id", "azp") if _is_text(claims.get(name))), subject)
    return VerifiedToken(client, subject, _scopes(claims), expires, claims)


def _scopes(claims: Mapping[str, Any]) -> tuple[str, ...]:
    """Scopes of the claims ``scope`` (RFC 9068) and ``scp`` (Entra ID, Okta), each as one string or as a list."""
    texts: list[str] = []
    for value in (claims.get("scope"), claims.get("scp")):
        texts += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]
    return tuple(dict.fromkeys(item for text in texts for item in text.split(" ") if item))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and value != ""
