"""A small HTTP server that the tests run as a function behind the adapter."""

import json
import os
import pathlib
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path == "/health":
            self.answer(200, "ok")
        elif path == "/stream":
            self.stream()
        elif path == "/where":
            self.answer(200, json.dumps({"pid": os.getpid(), "cwd": os.getcwd(), "env": dict(os.environ)}))
        elif path == "/write":
            self.answer(200, json.dumps({place: writes(place) for place in ("server.py", "~/x", "/tmp/x", "/etc/x")}))
        elif path == "/request":
            self.answer(200, json.dumps({"path": self.path, "headers": self.headers.items()}))
        elif path == "/cookies":
            self.answer(200, "", [("Set-Cookie", "a=1; Secure"), ("Set-Cookie", "b=2, 3; Secure")])
        elif path == "/drop":
            self.close_connection = True  # no answer at all
        elif path == "/break":
            self.chunked()
            self.chunk("half")
            self.close_connection = True
        elif path == "/exit":
            os._exit(3)
        else:
            self.answer(404, "nothing here")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self.answer(201, str(len(body)) + ":" + body.hex())

    def answer(self, status: int, text: str, headers: list[tuple[str, str]] | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        for name, value in [*(headers or []), ("Content-Length", str(len(body)))]:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self) -> None:
        self.chunked()
        for number in range(12):
            self.chunk(f"data: {number}\n\n")
            time.sleep(0.1)
        self.wfile.write(b"0\r\n\r\n")

    def chunked(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def chunk(self, text: str) -> None:
        self.wfile.write(f"{len(text):x}\r\n{text}\r\n".encode())
        self.wfile.flush()

    def log_message(self, *_: object) -> None:
        pass


def writes(place: str) -> bool:
    try:
        with pathlib.Path(place).expanduser().open("a") as file:
            file.write("")
    except (OSError, RuntimeError):
        return False
    return True


def stop(*_: object) -> None:
    print("asked to stop", flush=True)
    sys.exit(0)


signal.signal(signal.SIGTERM, stop)
time.sleep(float(os.environ.get("START_SECONDS", "0")))
ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler).serve_forever()
