"""``opensearch+https://host/PREFIX`` and ``elasticsearch+https://…``: one index for each collection."""

from __future__ import annotations

import ssl
from typing import Any

from key_value.aio.stores.base import BaseStore

from ..aws import session
from .credentials import secret_credentials
from .opened import OpenedStore
from .url import StoreUrl

_EXAMPLE = "opensearch+https://search-notes-abc.eu-central-1.es.amazonaws.com/notes?auth=sigv4"
_OPTIONS = ("auth", "ca", "plaintext", "region", "sanitize", "searchable", "secret", "service")
_TIMEOUT = 5


def open_url(text: str) -> OpenedStore:
    """Opens a domain, a serverless collection, or a cluster of yours; the prefix of its indexes is the path."""
    url = StoreUrl(text, options=_OPTIONS, example=_EXAMPLE)
    product, _, transport = url.parts.scheme.partition("+")
    prefix = url.parts.path.strip("/")
    if not prefix or "/" in prefix:
        url.fail("has the prefix of its indexes as its path")
    if transport == "http":
        url.require_plain_is_safe(f"write {product}+https:")
    if url.choice("sanitize", ("v1",)) is not None:
        url.fail("has no sanitize here: open py-key-value's own store with its strategies")
    store = _opensearch(url, prefix, transport) if product == "opensearch" else _elasticsearch(url, prefix, transport)
    return OpenedStore(store, url.parts.scheme, largest_value=5_000_000, cache_patience=0.25)


def _opensearch(url: StoreUrl, prefix: str, transport: str) -> BaseStore:
    from key_value.aio.stores.opensearch import OpenSearchStore
    from opensearchpy import AsyncOpenSearch

    options: dict[str, Any] = {"use_ssl": transport == "https", "timeout": _TIMEOUT, "max_retries": 2}
    if transport == "https":
        options["ssl_context"] = ssl.create_default_context(cafile=url.ca())
    if url.choice("auth", ("sigv4",)) is not None:
        from opensearchpy import AWSV4SignerAsyncAuth

        service = url.choice("service", ("es", "aoss")) or ("aoss" if url.host.endswith(".aoss.amazonaws.com") else "es")
        options["http_auth"] = AWSV4SignerAsyncAuth(session().get_credentials(), _region(url), service)
    elif (arn := url.secret_arn()) is not None:
        found = secret_credentials(arn).get()
        options["http_auth"] = (url.user or found.username, found.password)
    port = url.port or (443 if transport == "https" else 80)
    client = AsyncOpenSearch(hosts=[{"host": url.host, "port": port}], **options)
    return OpenSearchStore(opensearch_client=client, index_prefix=prefix)


def _elasticsearch(url: StoreUrl, prefix: str, transport: str) -> BaseStore:
    from elasticsearch import AsyncElasticsearch
    from key_value.aio.stores.elasticsearch import ElasticsearchStore

    if url.text("auth") is not None:
        url.fail("has no auth=sigv4: domains of AWS speak to OpenSearch's client, write opensearch+https:")
    options: dict[str, Any] = {"request_timeout": _TIMEOUT, "max_retries": 2, "retry_on_timeout": True}
    if transport == "https" and url.ca() is not None:
        options["ca_certs"] = url.ca()
    if (arn := url.secret_arn()) is not None:
        found = secret_credentials(arn).get()
        if found.api_key is not None:
            options["api_key"] = found.api_key
        else:
            options["basic_auth"] = (url.user or found.username, found.password)
    port = url.port or (443 if transport == "https" else 80)
    client = AsyncElasticsearch(f"{transport}://{url.host}:{port}", **options)
    return ElasticsearchStore(elasticsearch_client=client, index_prefix=prefix)


def _region(url: StoreUrl) -> str:
    named = url.region()
    if named is not None:
        return named
    labels = url.host.split(".")  # NAME.REGION.es.amazonaws.com
    if url.host.endswith(".amazonaws.com") and len(labels) >= 5:
        return labels[-4]
    found = session().get_config_variable("region")
    return found if isinstance(found, str) else url.fail("names the region to sign for: region=REGION")
