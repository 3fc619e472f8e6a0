"""Secrets of Secrets Manager, by ARN."""

from __future__ import annotations

import json
import os
from typing import Any

from .laptop import in_dev
from .packages import how_to_install
from .wiring import WiringError, is_secret_arn


class SecretError(Exception):
    """A secret cannot be had. The message names the secret and the fault, never what the secret holds."""

    def __init__(self, arn: str, problem: str, *, retryable: bool) -> None:
        super().__init__(f"secret {arn}: {problem}")
        #: Whether the same call may succeed later.
        self.retryable = retryable
        self.problem = problem


_PERMANENT = {
    "ResourceNotFoundException": "does not exist",
    "AccessDeniedException": "may not be read by this role",
    "DecryptionFailure": "cannot be decrypted by this role",
    "InvalidRequestException": "is marked for deletion",
}


def fetch_secret(arn: str) -> str:
    """The current text of a secret. Raises SecretError. Blocking: some tens of milliseconds, 5 s at most and twice."""
    try:
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        problem = f"cannot be read without the package botocore: {how_to_install('secrets-manager')}"
        raise SecretError(arn, problem, retryable=False) from None

    from .aws import client

    try:
        answer = client("secretsmanager", arn.split(":")[3], pool=1).get_secret_value(SecretId=arn)
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code"))
        raise SecretError(arn, _PERMANENT.get(code, code), retryable=code not in _PERMANENT) from None
    except BotoCoreError as error:
        raise SecretError(arn, type(error).__name__, retryable=True) from None
    text = answer.get("SecretString")
    if not isinstance(text, str):
        raise SecretError(arn, "holds bytes instead of text", retryable=False)
    return text


def secret(name: str) -> Any:
    """A secret for the server's own use, such as the client secret of an OAuth application.

    Args:
        name: ARN of the secret, or the name of an environment variable that holds the ARN.

            Under ``python -m mcp_kit dev`` the variable may hold the secret itself: no AWS is needed on a laptop.

    Returns:
        What the JSON of the secret says, or its text when it is no JSON.

    Raises:
        WiringError: the variable is not set, or holds no ARN.
        SecretError: the secret cannot be read.
    """
    held = name if is_secret_arn(name) else os.environ.get(name, "")
    if is_secret_arn(held):
        return _value(fetch_secret(held))
    if in_dev():
        if held:
            return _value(held)
        problem, example = "is not set: dev takes the secret itself", """'{"client_id":"…","client_secret":"…"}'"""
    else:
        problem = "must be the ARN of a secret, never the secret" if held else "is not set"
        example = "arn:aws:secretsmanager:us-east-1:111122223333:secret:GitHub-AbCdEf"
    raise WiringError(name, problem, example)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
