"""How a connection to Redis or Valkey proves who it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from redis.credentials import CredentialProvider

from ..aws import session
from ..refreshing import Refreshing
from .credentials import Credentials
from .errors import StoreFault

#: Seconds in which ElastiCache takes a token. A connection that it opened lives on without it.
_VALID = 900


class Login(CredentialProvider):
    """User and password for one connection, made when it is opened; in a thread, since they may have to be fetched."""

    def __init__(
        self, make: Callable[[], tuple[str, str] | tuple[str]], renew: Callable[[], object] | None = None
    ) -> None:
        self._make = make
        self._renew = renew

    def get_credentials(self) -> tuple[str, str] | tuple[str]:
        """What goes behind AUTH."""
        return self._make()

    async def get_credentials_async(self) -> tuple[str, str] | tuple[str]:
        """The same, without holding up the event loop."""
        return await asyncio.to_thread(self._make)

    async def renew(self) -> bool:
        """After a refusal: fetches what somebody may have rotated. False where another attempt would be no other."""
        if self._renew is None:
            return False
        await asyncio.to_thread(self._renew)
        return True


def iam_login(user: str, cache: str, *, serverless: bool, region: str | None) -> Login:
    """A user of ElastiCache with IAM: every connection gets a token of its own, signed with the credentials of that moment.

    A token is not kept: the credentials behind it may end before it does.
    """
    return Login(lambda: (user, iam_token(user, cache, serverless=serverless, region=region)))


def secret_login(user: str | None, secret: Refreshing[Credentials]) -> Login:
    """Credentials in a secret; the user of the URL goes first."""

    def make() -> tuple[str, str] | tuple[str]:
        found = secret.get()
        name, password = user or found.username, found.password or ""
        return (name, password) if name else (password,)

    return Login(make, secret.renew)


def iam_token(user: str, cache: str, *, serverless: bool, region: str | None) -> str:
    """What ElastiCache takes as the password of an IAM user: a signed request to connect, without its scheme.

    Raises:
        StoreFault: there are no credentials of AWS, or no region.
    """
    from botocore.auth import SigV4QueryAuth
    from botocore.awsrequest import AWSRequest

    found = session()
    where = region or found.get_config_variable("region")
    credentials = found.get_credentials()
    if not where:
        raise StoreFault("auth=iam needs a region: add region= or set AWS_REGION")
    if credentials is None:
        raise StoreFault("no credentials of AWS to sign a token with: give the process a role")
    query = {"Action": "connect", "User": user, **({"ResourceType": "ServerlessCache"} if serverless else {})}
    request: Any = AWSRequest(method="GET", url=f"http://{cache}/?{urlencode(query)}")
    signer: Any = SigV4QueryAuth(credentials.get_frozen_credentials(), "elasticache", where, expires=_VALID)
    signer.add_auth(request)
    return str(request.url).removeprefix("http://")
