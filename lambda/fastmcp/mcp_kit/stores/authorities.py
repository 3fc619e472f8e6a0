"""The certificate authorities of Amazon RDS and DocumentDB, which no system trusts by itself."""

from __future__ import annotations

from pathlib import Path

from .errors import StoreUrlError

#: Put beside the package when a server is vendored for DocumentDB.
_BUNDLE = Path(__file__).parent / "rds-global-bundle.pem"


def rds_authorities() -> str:
    """Path of a PEM file with Amazon's authorities.

    Raises:
        StoreUrlError: the bundle was not vendored with the server.
    """
    if not _BUNDLE.exists():
        raise StoreUrlError(
            "ca=rds needs Amazon's authorities, which McpCode.fastmcp() puts beside mcp_kit: name a file of yours",
            "mongodb+tls://cluster.example.com/notes?ca=/etc/ssl/global-bundle.pem",
        )
    return str(_BUNDLE)
