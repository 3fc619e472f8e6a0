"""``opensearch+https://host/PREFIX`` and ``elasticsearch+https://…``: one index for each collection."""

from __future__ import annotations

import os
import re
import ssl
from typing import Any

from ..aws import session
from .credentials import Credentials, secret_credentials
from .errors import StoreFault
from .opened import OpenedStore
from .reopened import ReopenedStore
from .search_entries import SearchEntries
from .url import StoreUrl

_EXAMPLE = "opensearch+https://search-notes-abc.eu-central-1.es.amazonaws.com/notes?auth=sigv4"
_OPTIONS = ("auth", "ca", "plaintext", "region", "sanitize", "searchable", "secret", "service")
#: Seconds for one answer; each client asks three times.
_TIMEOUT = 2
_LARGEST_VALUE = 5_000_000
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
#: Endpoints of AWS say where and what they are.
_AWS_HOST = re.compile(r"\.([a-z][a-z0-9-]+)\.(es|aoss)\.amazonaws\.com(?:\.cn)?$")


def open_url(text: str) -> OpenedStore:
    """Opens a domain, a serverless collection, or a cluster of yours; the prefix of its indexes is the path."""
    url = StoreUrl(text, options=_OPTIONS, example=_EXAMPLE)
    product, _, transport = url.parts.scheme.partition("+")
    if url.user is not None:
        url.fail("has no user: it is in the secret that secret=ARN names")
    url.check_transport(tls=transport == "https", advice="write +https:")
    prefix = url.parts.path.removeprefix("/")
    if not _PREFIX.fullmatch(prefix):
        url.fail('has the prefix of its indexes as path: up to 100 letters, digits, "_", "." or "-", a letter or digit first')
    if url.choice("sanitize", ("v0", "v1")) is not None:
        url.fail("has no sanitize here: open py-key-value's own store with its strategies")
    url.flag("searchable")  # a mistake in it is told now, not at the first use
    arn = url.secret_arn()
    sign = _signature(url, arn)
    if product == "elasticsearch" and sign is not None:
        url.fail("has no auth=sigv4 here: domains of AWS answer to OpenSearch's client, write opensearch+https:")
    make = _opensearch if product == "opensearch" else _elasticsearch
    port = url.port or (443 if transport == "https" else 80)
    host = f"[{url.host}]" if ":" in url.host else url.host

    def open_with(credentials: Credentials | None) -> SearchEntries:
        return make(f"{transport}://{host}:{port}", prefix.lower(), url, sign, credentials)

    store = ReopenedStore(open_with, None if arn is None else secret_credentials(arn), _is_refusal)
    return OpenedStore(store, url.parts.scheme, largest_value=_LARGEST_VALUE, cache_patience=0.25)


def _signature(url: StoreUrl, arn: str | None) -> tuple[str, str] | None:
    """Service and region to sign for, with auth=sigv4."""
    service = url.choice("service", ("es", "aoss"))
    region = url.region()
    if url.choice("auth", ("sigv4",)) is None:
        for name in ("service", "region"):
            if url.text(name) is not None:
                url.fail(f"has {name} only beside auth=sigv4")
        return None
    if arn is not None:
        url.fail("has either auth=sigv4 or secret=ARN")
    told = _AWS_HOST.search(url.host)
    where = region or (told.group(1) if told else None) or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if not where:
        url.fail("with auth=sigv4 needs a region: add region= or set AWS_REGION")
    return service or (told.group(2) if told else "es"), where


def _opensearch(
    node: str, prefix: str, url: StoreUrl, sign: tuple[str, str] | None, credentials: Credentials | None
) -> SearchEntries:
    from opensearchpy import AsyncHttpConnection, AsyncOpenSearch, AWSV4SignerAsyncAuth

    from .opensearch_entries import OpenSearchEntries

    options: dict[str, Any] = {"timeout": _TIMEOUT, "max_retries": 2}
    if node.startswith("https:"):
        options["ssl_context"] = _context(url)
    if sign is not None:
        options["http_auth"] = AWSV4SignerAsyncAuth(session().get_credentials(), sign[1], sign[0])
        options["connection_class"] = AsyncHttpConnection  # the default one knows users and passwords only
    elif credentials is not None:
        options["http_auth"] = (credentials.username or "", credentials.password or "")
    client = AsyncOpenSearch(hosts=[node], **options)
    return OpenSearchEntries(client, prefix, searchable=url.flag("searchable"))


def _elasticsearch(
    node: str, prefix: str, url: StoreUrl, sign: tuple[str, str] | None, credentials: Credentials | None
) -> SearchEntries:
    from elasticsearch import AsyncElasticsearch

    from .elasticsearch_entries import ElasticsearchEntries

    options: dict[str, Any] = {"request_timeout": _TIMEOUT, "max_retries": 2, "retry_on_timeout": True}
    if node.startswith("https:"):
        options["ssl_context"] = _context(url)
    if credentials is not None and credentials.api_key is not None:
        options["api_key"] = credentials.api_key
    elif credentials is not None:
        options["basic_auth"] = (credentials.username or "", credentials.password or "")
    client = AsyncElasticsearch(node, **options)
    return ElasticsearchEntries(client, prefix, searchable=url.flag("searchable"))


def _context(url: StoreUrl) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=url.text("ca"))
    except OSError as error:
        raise StoreFault(f"{url.parts.scheme}: {type(error).__name__}: check the file of ca=") from None


def _is_refusal(error: BaseException) -> bool:
    # Both clients' errors have the status of the answer.
    status = getattr(error, "status_code", None) or getattr(getattr(error, "meta", None), "status", None)
    return status == 401
