import asyncio
import json
import os
import secrets

from .repair import Repair

WORKER_PRELUDE = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "awslambda.cjs")
STREAM_HEADER = "x-local-cloud-stream"
PRELUDE_TYPE = b"application/vnd.awslambda.http-integration-response"


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

        with open(WORKER_PRELUDE, encoding="utf8") as file:
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
