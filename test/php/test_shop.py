"""The shop in PHP: with per-key saves, with locks, and on phpredis's handler; Laravel's and Symfony's sessions."""

import os
import subprocess
import sys
import unittest
from threading import Thread

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

import servers  # noqa: E402
from browser import Browser, at_once  # noqa: E402
from tests import ShopTests, until  # noqa: E402
from visitors import VisitorsTests  # noqa: E402

SERVE = (sys.executable, os.path.join(HERE, "serve.py"))


class PHPFields(ShopTests, VisitorsTests, unittest.TestCase):
    command = SERVE
    usual = "phpredis's session handler"


class PHPLocking(ShopTests, unittest.TestCase):
    """Requests of one session come one after the other: what is held at the gate holds the lock, and others wait."""

    command = ("env", "STORE=locking", *SERVE)

    def behind(self, browser, name, call):
        """Calls while a request of the browser holds the lock, which is released once the call waits for it."""
        release = self.late(browser, name)
        answers = []
        thread = Thread(target=lambda: answers.append(call()))
        thread.start()
        until("a client waits for the lock", self.blocked)
        late = release()[0]
        thread.join()
        return late, answers[0]

    def blocked(self):
        return self.redis.info("clients")["blocked_clients"] > 0

    def test_requests_at_once_lose_nothing(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        for answer in self.behind(browser, "atonce", lambda: browser.copy().delete("/set/lang")):
            self.ok(answer)
        self.assertEqual(self.me(browser), {"my.late0": "atonce"})
        for answer in at_once([lambda i=i: browser.copy().post(f"/set/f{i}/v?pause=5") for i in range(8)]):
            self.ok(answer)
        self.assertEqual(self.me(browser), {"my.late0": "atonce", **{f"my.f{i}": "v" for i in range(8)}})

    def test_a_request_under_way_while_the_id_rotates_is_saved(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        for answer in self.behind(browser.copy(), "rotates", lambda: browser.post("/login/cy?grace=60000")):
            self.ok(answer)
        self.assertEqual(self.me(browser), {"my.lang": "en", "my.late0": "rotates", "user": "cy"})

    def test_logout_holds_against_requests_under_way(self):
        """The logout waits for the request that holds the lock, and those behind it find no session."""
        browser = self.browser()
        self.ok(browser.post("/login/dan"))
        thief = browser.copy()
        for answer in self.behind(thief, "logout", lambda: browser.post("/logout")):
            self.ok(answer)
        self.assertEqual(self.me(thief.copy()), {})
        self.assertEqual(self.redis.exists(thief.sid), 0)

    def test_who_waits_too_long_is_told(self):
        with servers.shop(self.command, self.server, self.gate, WAIT="50") as port:
            browser = Browser(port)
            self.ok(browser.post("/set/lang/en"))
            release = self.late(browser, "long")
            answer = browser.copy().get("/me")
            self.assertEqual(answer.status, 503)
            self.assertRegex(answer.body["error"], "^LOCKED session is locked for")
            self.ok(release()[0])


class Libraries(unittest.TestCase):
    """Sessions of Laravel and Symfony over FieldHandler, by Debian's packages of both."""

    def test_laravel_and_symfony(self):
        with servers.sessd() as port:
            for name in ("laravel", "symfony"):
                with self.subTest(name):
                    done = subprocess.run(
                        ["php", os.path.join(HERE, f"{name}.php")], env={**os.environ, "REDIS_PORT": str(port)},
                        capture_output=True, text=True, timeout=servers.PATIENCE,
                    )
                    if done.returncode == 77:
                        self.skipTest(done.stderr)
                    self.assertEqual((done.returncode, done.stdout[-3:]), (0, "ok\n"), done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
