"""The local cloud: MiniStack, bound to loopback, with what this kit needs and the pinned version lacks.

Every private name of MiniStack that the project relies on is in this file. Each gap is a class with a probe that
shows the gap on the unpatched version: `python cloud.py --self-test` fails when a probe finds nothing to repair
(an upgrade has fixed it: delete the class) and when a repair does not hold (an upgrade has moved what it patches).

    python cloud.py --port PORT --node /path/to/node    serve until stdin closes
    python cloud.py --self-test                         check each repair, print a line for each
"""

import argparse
import asyncio
import json
import logging
import os
import secrets
import shutil
import signal
import sys
import threading

# MiniStack reads these when it is imported. Loopback only: its own default is every interface.
os.environ.update(
    BIND_HOST="127.0.0.1",
    IOT_MTLS_ENABLED="0",  # else it listens on 0.0.0.0:8883
    SFTP_ENABLED="0",
    SFTP_HOST="127.0.0.1",
    MINISTACK_REGION="us-east-1",
)

HERE = os.path.dirname(os.path.abspath(__file__))
STREAM_HEADER = "x-local-cloud-stream"
PRELUDE_TYPE = b"application/vnd.awslambda.http-integration-response"

# Types that CloudFormation accepts and MiniStack does not know: recorded, never provisioned. Each use is announced, and
# `npm start` and the end-to-end test print it. Nothing that the kit deploys today needs one.
STUBBED_TYPES = {
    "AWS::SecretsManager::ResourcePolicy": {},
    "AWS::SecretsManager::RotationSchedule": {},
    "AWS::WAFv2::WebACLAssociation": {},
    "AWS::ApplicationAutoScaling::ScalableTarget": {},
    "AWS::ApplicationAutoScaling::ScalingPolicy": {},
}


def announce(**event):
    """One line on stdout that local-cloud.ts reads; everything else there is MiniStack's log."""
    print("@local-cloud " + json.dumps(event), flush=True)


class Repair:
    """A gap of the pinned version."""

    name = ""

    def gap(self):
        """True when MiniStack still (or, after apply(), again) behaves wrongly."""
        raise NotImplementedError

    def apply(self):
        raise NotImplementedError


def handlers():
    from ministack.services.cloudformation.provisioners import _RESOURCE_HANDLERS

    return _RESOURCE_HANDLERS


class SecretRefAndGeneration(Repair):
    """`Ref` of a secret is its ARN on AWS, and GenerateSecretString honours every flag; MiniStack gives the name, leaves
    the secret of an empty `GenerateSecretString` empty and ignores all flags but two."""

    name = "AWS::SecretsManager::Secret: Ref is the ARN, GenerateSecretString honours its flags"
    TYPE = "AWS::SecretsManager::Secret"

    def gap(self):
        handler = handlers()[self.TYPE]
        from ministack.services import secretsmanager

        ref, attrs = handler["create"]("A", {"GenerateSecretString": {}}, "probe")
        empty = not secretsmanager.resolve_secret_string(attrs["Id"])
        handler["delete"](ref, {})
        flags = {"ExcludePunctuation": True, "ExcludeUppercase": True, "ExcludeNumbers": True, "PasswordLength": 200}
        other, attrs = handler["create"]("B", {"GenerateSecretString": flags}, "probe")
        text = secretsmanager.resolve_secret_string(attrs["Id"])
        handler["delete"](other, {})
        left = secretsmanager.resolve_secret_string(attrs["Id"]) is not None
        return not ref.startswith("arn:") or empty or not text.isalpha() or not text.islower() or left

    def apply(self):
        from ministack.services import secretsmanager
        from ministack.services.cloudformation import provisioners

        handler = handlers()[self.TYPE]
        original = dict(handler)

        def secret_string(props):
            generate = props.get("GenerateSecretString")
            if generate is None:
                return props.get("SecretString", "")
            status, _headers, body = secretsmanager._get_random_password(
                {key: _typed(value) for key, value in generate.items()}
            )
            if status >= 400:
                raise ValueError(f"GenerateSecretString: {json.loads(body).get('message')}")
            password = json.loads(body)["RandomPassword"]
            if "SecretStringTemplate" not in generate:
                return password
            return json.dumps({**json.loads(generate["SecretStringTemplate"]), generate["GenerateStringKey"]: password})

        def name_of(arn):
            return (secretsmanager._resolve(arn, use_arn_scope=True)[0] if arn.startswith("arn:") else arn) or arn

        def create(logical_id, props, stack_name):
            _name, attrs = original["create"](logical_id, props, stack_name)
            return attrs["Id"], attrs

        def update(physical_id, old, new, stack_name, logical_id=None):
            _name, attrs = original["update"](name_of(physical_id), old, new, stack_name, logical_id)
            return attrs["Id"], attrs

        def delete(physical_id, props):
            original["delete"](name_of(physical_id), props)

        provisioners._sm_secret_string = secret_string
        handler.update(create=create, update=update, delete=delete)


def _typed(value):
    """CloudFormation sends booleans and numbers as text."""
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    return int(value) if isinstance(value, str) and value.isdigit() else value


class GlobalTableSettings(Repair):
    """TableV2 becomes AWS::DynamoDB::GlobalTable. MiniStack drops its time to live, ceilings, point-in-time recovery,
    deletion protection, encryption and tags; an update moves it to a new, empty table; a deletion ignores the
    protection."""

    name = "AWS::DynamoDB::GlobalTable: settings reach the table, an update keeps the items"
    TYPE = "AWS::DynamoDB::GlobalTable"
    PROBE = {
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "k", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "k", "AttributeType": "S"}],
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
        "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 7},
        "Replicas": [
            {
                "Region": "us-east-1",
                "DeletionProtectionEnabled": True,
                "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
                "ReadOnDemandThroughputSettings": {"MaxReadRequestUnits": 5},
                "Tags": [{"Key": "a", "Value": "b"}],
            }
        ],
    }

    def gap(self):
        from ministack.services import dynamodb

        handler = handlers()[self.TYPE]
        table, attrs = handler["create"]("T", self.PROBE, "probe")
        changed = {**self.PROBE, "WriteOnDemandThroughputSettings": {"MaxWriteRequestUnits": 9}}
        update = [table, self.PROBE, changed, "probe"] + (["T"] if handler.get("update_with_logical_id") else [])
        updated = handler["update"](*update)[0]
        if updated != table:
            dynamodb._tables.pop(updated, None)
            return True
        described = json.loads(dynamodb._describe_table({"TableName": table})[2])["Table"]
        ceilings = {"MaxReadRequestUnits": 5, "MaxWriteRequestUnits": 9}
        right = (
            described.get("OnDemandThroughput") == ceilings
            and described["DeletionProtectionEnabled"] is True
            and dynamodb._ttl_settings.get(table) == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
            and dynamodb._pitr_settings.get(table) is True
            and dynamodb._tags.get(attrs["Arn"]) == [{"Key": "a", "Value": "b"}]
        )
        try:
            handler["delete"](table, changed)
            right = False
        except ValueError:
            pass
        dynamodb._tables.pop(table, None)
        return not right

    def apply(self):
        from ministack.services import dynamodb
        from ministack.services.cloudformation import provisioners

        handler = handlers()[self.TYPE]
        original = dict(handler)

        def local(props):
            """The properties of the replica of this region, in the words of AWS::DynamoDB::Table."""
            region = provisioners.get_region()
            replica = next((r for r in props.get("Replicas", []) if r.get("Region") == region), {})
            read = replica.get("ReadOnDemandThroughputSettings") or {}
            ceilings = {**read, **(props.get("WriteOnDemandThroughputSettings") or {})}
            sse = {**(props.get("SSESpecification") or {})}
            if sse.get("SSEEnabled"):
                key = (replica.get("SSESpecification") or {}).get("KMSMasterKeyId")
                sse = {"Enabled": True, "SSEType": sse.get("SSEType", "KMS"), **({"KMSMasterKeyId": key} if key else {})}
            return {
                **props,
                "DeletionProtectionEnabled": _typed(replica.get("DeletionProtectionEnabled", False)),
                "OnDemandThroughput": {key: int(value) for key, value in ceilings.items()},
                "PointInTimeRecoverySpecification": replica.get("PointInTimeRecoverySpecification") or {},
                "SSESpecification": sse if sse.get("Enabled") else None,
                "Tags": replica.get("Tags", []),
            }

        def must(response):
            if response[0] >= 400:
                raise ValueError(f"AWS::DynamoDB::GlobalTable: {response[2]!r}")

        def apply_settings(table, old, new):
            must(dynamodb._update_table({"TableName": table, "OnDemandThroughput": new["OnDemandThroughput"]}))
            if new["SSESpecification"] and not old.get("SSESpecification"):
                must(dynamodb._update_table({"TableName": table, "SSESpecification": new["SSESpecification"]}))
            recovery = _typed(new["PointInTimeRecoverySpecification"].get("PointInTimeRecoveryEnabled", False))
            must(
                dynamodb._update_continuous_backups(
                    {
                        "TableName": table,
                        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": recovery},
                    }
                )
            )
            ttl, before = new.get("TimeToLiveSpecification"), old.get("TimeToLiveSpecification")
            if ttl != before:
                wanted = ttl or {**before, "Enabled": False}
                spec = {**wanted, "Enabled": _typed(wanted.get("Enabled"))}
                must(dynamodb._update_ttl({"TableName": table, "TimeToLiveSpecification": spec}))

        def create(logical_id, props, stack_name):
            props = local(props)
            table, attrs = original["create"](logical_id, {**props, "SSESpecification": None}, stack_name)
            dynamodb._tables[table]["DeletionProtectionEnabled"] = props["DeletionProtectionEnabled"]
            apply_settings(table, {}, props)
            return table, {**attrs, "TableId": dynamodb._tables[table]["TableId"]}

        def update(physical_id, old, new, stack_name, logical_id=None):
            old, new = local(old), local(new)
            ignored = {"SSESpecification": None, "WriteOnDemandThroughputSettings": None}
            table, attrs = provisioners._ddb_update(
                physical_id, {**old, **ignored}, {**new, **ignored}, stack_name, logical_id
            )
            apply_settings(table, old, new)
            return table, {**attrs, "TableId": dynamodb._tables[table]["TableId"]}

        def delete(physical_id, props):
            if (dynamodb._tables.get(physical_id) or {}).get("DeletionProtectionEnabled"):
                raise ValueError(f"Resource cannot be deleted as it is currently protected against deletion: {physical_id}")
            original["delete"](physical_id, props)

        handler.update(create=create, update=update, update_with_logical_id=True, delete=delete)


class StreamingFunctionUrl(Repair):
    """The Node worker has no `awslambda`, so a streaming handler dies at its import, and a Function URL in the mode
    RESPONSE_STREAM would answer only when the handler has ended."""

    name = "Lambda: streaming handlers run, and their Function URL answers piece by piece"

    def gap(self):
        from ministack.core import lambda_runtime
        from ministack.services import lambda_svc

        script = lambda_runtime._NODEJS_WORKER_SCRIPT
        code = lambda_svc.handle_function_url_request.__code__
        return "streamifyResponse" not in script or "StreamingResponse" not in code.co_names + code.co_freevars

    def apply(self):
        from ministack.core import lambda_runtime
        from ministack.core.responses import StreamingResponse
        from ministack.services import lambda_svc

        with open(os.path.join(HERE, "awslambda.cjs"), encoding="utf8") as file:
            lambda_runtime._NODEJS_WORKER_SCRIPT = file.read() + lambda_runtime._NODEJS_WORKER_SCRIPT
        original = lambda_svc.handle_function_url_request
        waiting = {}
        server = None

        async def arrived(reader, writer):
            opened = waiting.pop((await reader.readline()).decode().strip(), None)
            if opened is None or opened.done():
                writer.close()
            else:
                opened.set_result((reader, writer))

        async def listen():
            nonlocal server
            if server is None:
                server = await asyncio.start_server(arrived, "127.0.0.1", 0, limit=1 << 20)
                os.environ["LOCAL_CLOUD_STREAM_PORT"] = str(server.sockets[0].getsockname()[1])

        async def handle(url_id, method, path, headers, body, query_params, resolved=None, source_ip=None):
            resolved = resolved or lambda_svc.resolve_function_url(url_id)
            if resolved is None or resolved[4].get("InvokeMode") != "RESPONSE_STREAM":
                return await original(url_id, method, path, headers, body, query_params, resolved, source_ip)
            await listen()
            token = secrets.token_hex(16)
            opened = waiting[token] = asyncio.get_running_loop().create_future()
            call = asyncio.ensure_future(
                original(
                    url_id, method, path, {**headers, STREAM_HEADER: token}, body, query_params, resolved, source_ip
                )
            )
            await asyncio.wait({call, opened}, return_when=asyncio.FIRST_COMPLETED)
            waiting.pop(token, None)
            if not opened.done():
                return await call  # refused, or failed before it wrote
            reader, writer = opened.result()
            try:
                content_type = (await reader.readuntil(b"\n")).strip()
                prelude = {}
                if content_type == PRELUDE_TYPE:
                    prelude = json.loads((await reader.readuntil(b"\0" * 8))[:-8])
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                status, failed_headers, failed_body = await call
                if status < 400:  # ended without a prelude
                    return 502, {"Content-Type": "application/json"}, b'{"message":"Internal Server Error"}'
                return status, failed_headers, failed_body
            reply_headers = {"Content-Type": content_type.decode() or "application/octet-stream"}
            if content_type == PRELUDE_TYPE:
                reply_headers = {"Content-Type": "application/octet-stream"}
                lambda_svc._apply_headers_case_insensitively(reply_headers, prelude.get("headers") or {})
                if prelude.get("cookies"):
                    reply_headers["Set-Cookie"] = list(prelude["cookies"])
            lambda_svc._apply_headers_case_insensitively(
                reply_headers, lambda_svc._function_url_cors_headers(resolved[4], headers)
            )

            async def relay(send, _receive):
                try:
                    while chunk := await reader.read(65536):
                        await send({"type": "http.response.body", "body": chunk, "more_body": True})
                finally:
                    writer.close()
                    status = (await call)[0]
                if status < 400:  # else the client sees a truncated answer, as on AWS
                    await send({"type": "http.response.body", "body": b"", "more_body": False})

            return int(prelude.get("statusCode", 200)), reply_headers, StreamingResponse(relay)

        lambda_svc.handle_function_url_request = handle


class StubbedTypes(Repair):
    name = "CloudFormation: types that are recorded instead of refused, each announced when used"

    def gap(self):
        return not all(type_ in handlers() for type_ in STUBBED_TYPES)

    def apply(self):
        def create_for(type_, attrs):
            def create(logical_id, _props, stack_name):
                announce(stubbed=type_)
                return f"{stack_name}-{logical_id}-stub", dict(attrs)

            return create

        for type_, attrs in STUBBED_TYPES.items():
            handlers()[type_] = {"create": create_for(type_, attrs), "delete": lambda _physical_id, _props: None}


REPAIRS = [SecretRefAndGeneration, GlobalTableSettings, StreamingFunctionUrl, StubbedTypes]


def self_test():
    failed = 0
    for make in REPAIRS:
        repair = make()
        needed = repair.gap()
        repair.apply()
        holds = not repair.gap()
        verdict = "ok" if needed and holds else "NOT NEEDED ANY MORE" if holds else "DOES NOT HOLD"
        failed += verdict != "ok"
        print(f"{verdict}: {repair.name}")
    return 1 if failed else 0


def end_with_parent(scratch):
    """The parent holds our stdin open. When it dies, however it dies, we and the workers end too, and so do our files."""

    def watch():
        while os.read(0, 4096):
            pass
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        if os.getpid() == os.getpgrp():
            os.killpg(0, signal.SIGKILL)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--node", help="the node that runs functions")
    parser.add_argument("--scratch", help="folder to remove at the end")
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    if args.self_test:
        sys.exit(self_test())
    end_with_parent(args.scratch)
    os.environ["GATEWAY_PORT"] = str(args.port)
    if args.node:
        os.environ["PATH"] = os.path.dirname(args.node) + os.pathsep + os.environ.get("PATH", "")
    for make in REPAIRS:
        make().apply()
    sys.argv = sys.argv[:1]  # MiniStack parses the command line too
    from ministack.app import main as serve

    serve()


if __name__ == "__main__":
    main()
