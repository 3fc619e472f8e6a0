"""The local cloud: MiniStack, bound to loopback, with what this kit needs and the pinned version lacks.

Every private name of MiniStack that the project relies on is in repairs/. Each gap is a class with a probe that
shows the gap on the unpatched version: `python cloud.py --self-test` fails when a probe finds nothing to repair
(an upgrade has fixed it: delete the class) and when a repair does not hold (an upgrade has moved what it patches).

    python cloud.py --port PORT --node /path/to/node    serve until stdin closes
    python cloud.py --self-test                         check each repair, print a line for each
"""

import argparse
import logging
import os
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
sys.dont_write_bytecode = True  # nothing is written into the project

from repairs import REPAIRS  # noqa: E402


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
