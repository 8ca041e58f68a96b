"""A browser as far as a shop needs one: requests, and one cookie."""

import http.client
import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 180  # seconds: longer than anything waits inside of a request


class Answer:
    def __init__(self, status, body, text):
        self.status, self.body, self.text = status, body, text

    def __repr__(self):
        return f"{self.status} {self.text[:300]}"


class Browser:
    """Keeps the cookie named sid of one shop, in one or more processes that take turns."""

    def __init__(self, *ports, sid=None):
        self._ports, self._turn, self._lock = ports, 0, threading.Lock()
        self.sid = sid

    def copy(self):
        """Another browser that has the cookie too: a second tab, or a thief."""
        return Browser(*self._ports, sid=self.sid)

    def get(self, path):
        return self._request("GET", path)

    def post(self, path):
        return self._request("POST", path)

    def delete(self, path):
        return self._request("DELETE", path)

    def _request(self, method, path):
        with self._lock:
            self._turn += 1
            port = self._ports[self._turn % len(self._ports)]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        try:
            headers = {"Connection": "close", "Content-Length": "0"}
            if self.sid:
                headers["Cookie"] = f"sid={self.sid}"
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            text = response.read().decode("utf-8", "replace")
            self._keep(response.headers.get_all("Set-Cookie") or [])
        finally:
            connection.close()
        return Answer(response.status, _json(text), text)

    def _keep(self, cookies):
        for cookie in cookies:
            found = re.match(r'sid="?([^";]*)"?(.*)', cookie, re.S)
            if found:
                ended = re.search(r"max-age=0\b|expires=Thu, 01[ -]Jan[ -]1970", found[2], re.I)
                self.sid = None if ended or found[1] in ("", "deleted", "null") else found[1]


def _json(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def at_once(calls):
    """Runs calls at the same time, and gives their results in order; raises what one of them raised, once all have ended."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [running.result() for running in [pool.submit(call) for call in calls]]
