"""The public keys of an issuer, and the signatures they check (RFC 7515, 7517, 7518, 8037, 9864)."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {"256": hashes.SHA256, "384": hashes.SHA384, "512": hashes.SHA512}
_CURVES: Mapping[str, tuple[str, type[ec.EllipticCurve], int]] = {
    "ES256": ("P-256", ec.SECP256R1, 32),
    "ES384": ("P-384", ec.SECP384R1, 48),
    "ES512": ("P-521", ec.SECP521R1, 66),
}


class UnusableKey(Exception):
    """A published key that cannot check anything, such as RSA with fewer than 2048 bits."""


def from_base64url(text: object) -> bytes:
    """Decodes base64url without padding.

    Raises:
        ValueError: it is none, or not written in the one way that RFC 7515 allows.
    """
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9_-]*", text):
        raise ValueError("not base64url")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != text:
        raise ValueError("not canonical base64url")
    return data


def matching_keys(keys: Sequence[object], algorithm: str, kid: str | None) -> list[Mapping[str, Any]]:
    """The keys of a set that may have signed a token: of the algorithm's type and curve, meant for signatures, with its id."""
    return [key for key in keys if isinstance(key, Mapping) and _may_have_signed(key, algorithm, kid)]


def _may_have_signed(key: Mapping[str, Any], algorithm: str, kid: str | None) -> bool:
    family = algorithm[:2]
    kty = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}[family]
    if key.get("kty") != kty or (kid is not None and key.get("kid") != kid):
        return False
    if isinstance(key.get("alg"), str) and key["alg"] != algorithm:
        return False
    if isinstance(key.get("use"), str) and key["use"] != "sig":
        return False
    if isinstance(key.get("key_ops"), list) and "verify" not in key["key_ops"]:
        return False
    if family == "ES":
        return bool(key.get("crv") == _CURVES[algorithm][0])
    return kty != "OKP" or key.get("crv") == "Ed25519"


def verifies(key: Mapping[str, Any], algorithm: str, signature: bytes, signed: bytes) -> bool:
    """Whether the key made the signature.

    Raises:
        UnusableKey: the key is none that could.
    """
    try:
        if algorithm[:2] == "ES":
            return _verify_ec(key, algorithm, signature, signed)
        if algorithm[:2] == "Ed":
            Ed25519PublicKey.from_public_bytes(from_base64url(key.get("x"))).verify(signature, signed)
            return True
        return _verify_rsa(key, algorithm, signature, signed)
    except InvalidSignature:
        return False
    except ValueError as error:
        raise UnusableKey from error


def _verify_rsa(key: Mapping[str, Any], algorithm: str, signature: bytes, signed: bytes) -> bool:
    modulus = int.from_bytes(from_base64url(key.get("n")), "big")
    exponent = int.from_bytes(from_base64url(key.get("e")), "big")
    if modulus.bit_length() < 2048:
        raise UnusableKey
    public = rsa.RSAPublicNumbers(exponent, modulus).public_key()
    digest = _HASHES[algorithm[2:]]()
    if algorithm[:2] == "PS":
        public.verify(signature, signed, padding.PSS(padding.MGF1(digest), digest.digest_size), digest)
    else:
        public.verify(signature, signed, padding.PKCS1v15(), digest)
    return True


def _verify_ec(key: Mapping[str, Any], algorithm: str, signature: bytes, signed: bytes) -> bool:
    _, curve, size = _CURVES[algorithm]
    x, y = from_base64url(key.get("x")), from_base64url(key.get("y"))
    public = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), curve()).public_key()
    if len(signature) != 2 * size:
        return False
    r, s = int.from_bytes(signature[:size], "big"), int.from_bytes(signature[size:], "big")
    public.verify(encode_dss_signature(r, s), signed, ec.ECDSA(_HASHES[algorithm[2:]]()))
    return True
