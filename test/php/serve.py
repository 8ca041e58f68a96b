"""Serves shop.php at PORT by several php -S, each of which is given one request at a time, as PHP's workers are elsewhere.

PHP's own PHP_CLI_SERVER_WORKERS will not do: a worker that is busy takes connections from those that are not.
"""

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

import servers  # noqa: E402

WORKERS = 12


def start(port, idle):
    """Starts a worker and tells that it has nothing to do."""
    process = subprocess.Popen(["php", "-S", f"127.0.0.1:{port}", os.path.join(HERE, "shop.php")], stdin=subprocess.DEVNULL)
    servers.listens(process, port)
    idle.put(port)
    return process


def serve(client, idle):
    port = idle.get()
    try:
        with client, socket.create_connection(("127.0.0.1", port)) as worker:
            request = threading.Thread(target=servers.copy, args=(client, worker), daemon=True)
            request.start()
            servers.copy(worker, client)
            request.join()  # before the sockets close: their numbers may be those of another request then
    finally:
        idle.put(port)


def main():
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    idle = queue.Queue()
    with ThreadPoolExecutor(WORKERS) as starting:
        workers = list(starting.map(lambda port: start(port, idle), servers.free_ports(WORKERS)))
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    while all(worker.poll() is None for worker in workers):  # one that could not have its port ends a little later
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, idle), daemon=True).start()


if __name__ == "__main__":
    main()
