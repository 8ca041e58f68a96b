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

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

import servers  # noqa: E402

WORKERS = 12


def start(idle):
    """Starts a worker and tells that it has nothing to do."""
    port = servers.free_port()
    process = subprocess.Popen(["php", "-S", f"127.0.0.1:{port}", os.path.join(HERE, "shop.php")], stdin=subprocess.DEVNULL)
    servers.listens(process, port)
    idle.put(port)


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
    starting = [threading.Thread(target=start, args=(idle,)) for _ in range(WORKERS)]
    for thread in starting:
        thread.start()
    for thread in starting:
        thread.join()
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, idle), daemon=True).start()


if __name__ == "__main__":
    main()
