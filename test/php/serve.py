"""Serves shop.php at PORT by several php -S, each of which is given one request at a time, as PHP's workers are elsewhere.

PHP's own PHP_CLI_SERVER_WORKERS will not do: a worker that is busy takes connections from those that are not.
"""

import os
import queue
import re
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
    """Starts a worker at a port that the system picks, and tells that it has nothing to do once it says which. Passes on what it says."""
    command = ["php", "-S", "127.0.0.1:0", os.path.join(HERE, "shop.php")]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace")
    for line in process.stderr:
        if started := re.search(r"http://127\.0\.0\.1:(\d+)\) started", line):
            idle.put(int(started[1]))
        sys.stderr.write(line)
    os._exit(1)  # without one of its workers the shop is not what is tested


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
    for _ in range(WORKERS):
        threading.Thread(target=start, args=(idle,), daemon=True).start()
    for port in [idle.get() for _ in range(WORKERS)]:
        idle.put(port)
    listener = socket.create_server(("127.0.0.1", int(os.environ["PORT"])), backlog=128)
    while True:
        client, _ = listener.accept()
        threading.Thread(target=serve, args=(client, idle), daemon=True).start()


if __name__ == "__main__":
    main()
