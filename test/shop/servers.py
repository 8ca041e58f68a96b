"""What the shop's tests run: sessd or redis-server, a relay that can be cut, the gate, and a shop."""

import contextlib
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, os.pardir, os.pardir)
sys.path.insert(0, os.path.join(ROOT, "test", "clients", "python"))

import server  # noqa: E402

sessd = server.sessd  # a context that gives the port of a sessd

PATIENCE = 120  # seconds: more than anything here needs on a slow machine


def free_port():
    """Gives a port that nobody listens at, below those that the system picks: it stays free until its process listens there."""
    while True:
        port = random.randrange(10_000, 30_000)
        with contextlib.suppress(OSError), socket.socket() as s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            return port


@contextlib.contextmanager
def redis_server():
    """Gives the port of a redis-server that keeps nothing on disk."""
    with tempfile.TemporaryDirectory(prefix="redis-") as scratch:
        port = free_port()
        binary = os.environ.get("SESSD_TEST_REDIS_SERVER") or "redis-server"
        words = [binary, "--port", str(port), "--save", "", "--appendonly", "no", "--dir", scratch]
        with _process(words, os.path.join(scratch, "log"), {}, port):
            yield port


@contextlib.contextmanager
def shop(command, port, gate, **settings):
    """Runs a framework's shop on the server at a port, and gives the port of the shop."""
    with tempfile.TemporaryDirectory(prefix="shop-") as scratch:
        own = free_port()
        environment = {"PORT": str(own), "REDIS_PORT": str(port), "GATE_PORT": str(gate.port), "SCRATCH": scratch, **settings}
        words = [word.format(port=own) for word in command]
        with _process(words, os.path.join(scratch, "log"), environment, own):
            yield own


@contextlib.contextmanager
def _process(words, log_name, environment, port):
    with open(log_name, "w+", encoding="utf-8", errors="replace") as log:
        process = subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env={**os.environ, **environment}, start_new_session=True
        )
        try:
            listens(process, port, log)
            yield process
        finally:
            # A shop may have workers; they are in its process group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            process.wait(timeout=PATIENCE)
            if os.environ.get("SHOP_LOG"):
                log.seek(0)
                print(log.read(), file=sys.stderr)


def listens(process, port, log=None):
    """Waits until a process listens at a port."""
    end = time.monotonic() + PATIENCE
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        if process.poll() is not None or time.monotonic() > end:
            if log:
                log.seek(0)
            raise RuntimeError(f"{process.args} does not listen:\n{log.read() if log else ''}")
        time.sleep(0.02)


class Gate:
    """Holds requests that carry a name, until they are released: "still under way" is a fact here, not a matter of timing.

    A shop connects, sends the name and a newline, and waits for the end of the connection.
    """

    def __init__(self):
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.port = self._listener.getsockname()[1]
        self._held = {}
        self._arrival = threading.Condition()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._read, args=(connection,), daemon=True).start()

    def _read(self, connection):
        name = connection.makefile().readline().strip()
        with self._arrival:
            self._held.setdefault(name, []).append(connection)
            self._arrival.notify_all()

    def wait(self, name, count=1):
        """Waits until so many requests of a name are held."""
        with self._arrival:
            if not self._arrival.wait_for(lambda: len(self._held.get(name, ())) >= count, PATIENCE):
                raise TimeoutError(f"{len(self._held.get(name, ()))} of {count} requests reached the gate {name}")

    def release(self, name):
        with self._arrival:
            for connection in self._held.pop(name, ()):
                connection.close()

    def close(self):
        self._listener.close()


class Relay:
    """Stands between a shop and its server, and can be cut and mended: the server is away for a moment."""

    def __init__(self, target):
        self._target = target
        self._open = set()
        self._lock = threading.Lock()
        self.port = free_port()  # it is left and taken again, so the system must not give it to a connection meanwhile
        self.mend()

    def mend(self):
        self._whole = True
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=128)
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def cut(self):
        with self._lock:
            self._whole = False
            for end in self._open:
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self, listener):
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target))
                with self._lock:
                    if not self._whole:
                        client.close()
                        server.close()
                        return
                    self._open |= {client, server}
                threading.Thread(target=copy, args=(client, server), daemon=True).start()
                threading.Thread(target=copy, args=(server, client), daemon=True).start()


def copy(source, sink):
    """Sends what one socket receives to another, until either ends."""
    with contextlib.suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
