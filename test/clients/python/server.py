"""Starts sessd for a test and stops it again."""

import contextlib
import json
import os
import subprocess
import tempfile
import time

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3)


@contextlib.contextmanager
def sessd(*flags):
    """Gives the port of a sessd on the loopback. SESSD names the binary; without it, one is built."""
    with tempfile.TemporaryDirectory(prefix="sessd-") as scratch:
        binary = os.environ.get("SESSD")
        if not binary:
            binary = os.path.join(scratch, "sessd")
            subprocess.run(["go", "build", "-o", binary, "./cmd/sessd"], cwd=ROOT, check=True)
        with open(os.path.join(scratch, "log"), "w+", encoding="utf-8") as log:
            server = subprocess.Popen(
                [binary, "--bind", "127.0.0.1", "--port", "0", "--log-format", "json", *flags],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
            try:
                yield _port(server, log.name)
            finally:
                server.terminate()
                server.wait(timeout=120)


def _port(server, log_name):
    while True:
        ended = server.poll() is not None
        with open(log_name, encoding="utf-8") as log:
            said = log.read()
        for line in said.splitlines(keepends=True):
            if line.startswith("{") and line.endswith("}\n"):
                entry = json.loads(line)
                if entry["msg"] == "listening":
                    return int(entry["addr"].rpartition(":")[2])
        if ended:
            raise RuntimeError("sessd ended before it listened:\n" + said)
        time.sleep(0.01)
