"""What AWS tells about a request, where the process runs on Lambda behind the Lambda Web Adapter.

The adapter writes the request context into a header, and replaces one that a client has sent. Nothing else can reach the port
of a function, so there, and only there, the header is believed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from .asgi import Scope, header


@dataclass(frozen=True)
class AwsContext:
    """What is wanted of the request context."""

    #: Public origin: the domain of the Function URL or of the API.
    origin: str | None = None
    #: ARN of the caller whose SigV4 signature AWS has checked.
    caller_arn: str | None = None


def on_lambda(env: Mapping[str, str]) -> bool:
    """Whether this process is a Lambda function."""
    return bool(env.get("AWS_LAMBDA_FUNCTION_NAME"))


def aws_context(scope: Scope) -> AwsContext:
    """Reads the header of the adapter; empty when there is none, or none that can be read."""
    try:
        context = json.loads(header(scope, "x-amzn-request-context") or "null")
    except (ValueError, RecursionError):
        return AwsContext()
    if not isinstance(context, dict):
        return AwsContext()
    domain = context.get("domainName")
    named = isinstance(domain, str) and re.fullmatch(r"[A-Za-z0-9.-]{1,253}", domain)
    authorizer = context.get("authorizer")
    iam = authorizer.get("iam") if isinstance(authorizer, dict) else None
    arn = iam.get("userArn") if isinstance(iam, dict) else None
    return AwsContext(f"https://{domain}" if named else None, arn if isinstance(arn, str) and arn else None)
