"""The shop's tests: what every framework's sessions on sessd must do, seen through HTTP alone."""

import time
import unittest
from concurrent.futures import ThreadPoolExecutor

import redis

import servers
from browser import Browser, at_once


class ShopTests:
    """Mixed into a unittest.TestCase that says how its shop is run."""

    command = ()  # words, {port} for the port that it must listen on
    gone = 401  # the status of an answer whose save came after the session's end
    held = 5  # requests that the shop can have under way beside others

    def setUp(self):
        self.addCleanup(told_if_slow, self.id(), time.monotonic())

    @classmethod
    def setUpClass(cls):
        start = time.monotonic()
        cls.addClassCleanup(told_if_slow, f"{cls.__name__} as a whole", start)

        def enter(context):
            value = context.__enter__()
            cls.addClassCleanup(context.__exit__, None, None, None)
            return value

        cls.gate = servers.Gate()
        cls.addClassCleanup(cls.gate.close)
        cls.server = enter(servers.sessd())
        cls.relay = servers.Relay(cls.server)
        cls.addClassCleanup(cls.relay.cut)
        cls.shop = enter(servers.shop(cls.command, cls.relay.port, cls.gate))
        cls.redis = redis.Redis(port=cls.server)
        cls.addClassCleanup(cls.redis.close)

    def browser(self, sid=None):
        return Browser(self.shop, sid=sid)

    def meta(self, sid):
        flat = self.redis.execute_command("SESS.META", sid) or []
        return dict(zip(flat[::2], flat[1::2]))

    def late(self, browser, name, count=1):
        """Starts requests that are held at the gate; gives what releases them and answers their answers."""
        calls = [lambda i=i: browser.copy().post(f"/set/late{i}/{name}?gate={name}") for i in range(count)]
        pool = ThreadPoolExecutor(1)
        answers = pool.submit(at_once, calls)
        pool.shutdown(wait=False)
        self.gate.wait(name, count)

        def release():
            self.gate.release(name)
            return answers.result()

        return release

    def looked_at_in_time(self, port):
        """A browser with a session and what SESS.META says of it. Where a slow machine looks too late, another session is looked at."""
        found = []

        def look():
            browser = Browser(port)
            self.ok(browser.post("/set/lang/en"))
            meta = self.meta(browser.sid)
            found.append((browser, meta))
            return meta

        until("a session is looked at before it ends", look)
        return found[-1]

    def ok(self, answer):
        self.assertLess(answer.status, 300, answer)
        return answer

    def me(self, browser):
        return self.ok(browser.get("/me")).body

    def test_who_stores_nothing_has_no_session(self):
        before = set(self.redis.scan_iter())
        self.assertEqual(self.me(self.browser()), {})
        self.assertEqual(set(self.redis.scan_iter()) - before, set())

    def test_any_text_survives(self):
        browser = self.browser()
        self.ok(browser.post("/set/text/%22q%22%20%C3%BC%F0%9F%A6%8A"))
        self.assertEqual(self.me(browser), {"my.text": '"q" ü🦊'})

    def test_an_id_that_nobody_made_is_never_taken_over(self):
        for planted in ("x" * 43, "short", "x" * 600):
            browser = self.browser(sid=planted)
            self.ok(browser.post("/set/lang/en"))
            self.assertNotEqual(browser.sid, planted)
            self.assertEqual(self.redis.exists(planted), 0)
            self.assertEqual(self.me(browser), {"my.lang": "en"})

    def test_requests_at_once_lose_nothing(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        release = self.late(browser, "atonce", self.held)
        self.ok(browser.delete("/set/lang"))
        for answer in release():
            self.ok(answer)
        self.assertEqual(self.me(browser), {f"my.late{i}": "atonce" for i in range(self.held)})

    def test_additions_at_once_all_count(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        for answer in at_once([lambda: browser.copy().post("/cart/tea?pause=5")] * 12):
            self.ok(answer)
        self.assertEqual(self.me(browser)["cart.tea"], 12)

    def test_an_addition_counts_from_what_its_request_set(self):
        browser = self.browser()
        for start in (10, 20, 20, 1):
            self.ok(browser.post(f"/cart/tea?from={start}"))
            self.assertEqual(self.me(browser), {"cart.tea": start + 1})
            self.ok(browser.post("/cart/tea"))
            self.assertEqual(self.me(browser), {"cart.tea": start + 2})

    def test_one_request_gets_a_flash_message(self):
        browser = self.browser()
        self.ok(browser.post("/flash/hello"))
        answers = [self.ok(answer).body["flash"] for answer in at_once([lambda: browser.copy().post("/take")] * 6)]
        self.assertEqual(sorted(a or "" for a in answers), [""] * 5 + ["hello"])

    def test_login_rotates_the_id_and_keeps_the_data(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        before = browser.copy()
        self.ok(browser.post("/login/ann"))
        self.assertNotEqual(browser.sid, before.sid)
        self.assertEqual(self.me(browser), {"my.lang": "en", "user": "ann"})
        self.assertEqual(self.me(before), {}, "the old id is dead")
        principal = self.meta(browser.sid)[b"principal"]
        self.assertIn(browser.sid.encode(), self.redis.execute_command("SESS.LIST", principal))

    def test_a_request_under_way_while_the_id_rotates_is_saved(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        release = self.late(browser, "rotates")
        self.ok(browser.post("/login/cy?grace=60000"))
        self.ok(release()[0])
        self.assertEqual(self.me(browser), {"my.lang": "en", "my.late0": "rotates", "user": "cy"})

    def test_logout_holds_against_requests_under_way(self):
        browser = self.browser()
        self.ok(browser.post("/login/dan"))
        thief = browser.copy()
        principal = self.meta(thief.sid)[b"principal"]
        release = self.late(thief, "logout", self.held)
        self.ok(browser.post("/logout"))
        self.assertEqual([answer.status for answer in release()], [self.gone] * self.held)
        self.assertEqual(self.me(thief.copy()), {})
        self.assertEqual(self.redis.exists(thief.sid), 0)
        self.assertEqual(self.redis.execute_command("SESS.LIST", principal), [])

    def test_what_is_written_after_a_logout_begins_another_session(self):
        browser = self.browser()
        self.ok(browser.post("/login/eve"))
        old = browser.sid
        self.ok(browser.post("/logout?then=bye"))
        self.assertNotIn(browser.sid, (None, old))
        self.assertEqual(self.me(browser), {"my.then": "bye"})
        self.assertIsNone(self.meta(browser.sid)[b"principal"])

    def test_log_out_everywhere(self):
        devices = [self.browser() for _ in range(3)]
        other = self.browser()
        for device in devices:
            self.ok(device.post("/login/fay"))
        self.ok(other.post("/login/gus"))
        release = self.late(devices[2].copy(), "everywhere")
        self.assertEqual(self.ok(devices[0].post("/logout-everywhere")).body, {"ended": 3})
        self.assertEqual(release()[0].status, self.gone)
        self.assertEqual([self.me(device.copy()) for device in devices], [{}] * 3)
        self.assertEqual(self.me(other), {"user": "gus"})

    def test_log_out_everywhere_else(self):
        devices = [self.browser() for _ in range(3)]
        for device in devices:
            self.ok(device.post("/login/hal"))
        self.assertEqual(self.ok(devices[1].post("/logout-everywhere?else=1")).body, {"ended": 2})
        self.assertEqual([self.me(device.copy()) for device in devices], [{}, {"user": "hal"}, {}])

    def test_the_server_is_away_for_a_moment(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        self.relay.cut()
        try:
            for answer in (browser.copy().post("/set/lang/de"), browser.copy().get("/me")):
                self.assertGreaterEqual(answer.status, 500, "no answer may claim what was not saved")
        finally:
            self.relay.mend()
        until("the shop is back", lambda: browser.get("/me").body == {"my.lang": "en"})
        self.ok(browser.post("/set/lang/fr"))
        self.assertEqual(self.me(browser), {"my.lang": "fr"})

    def test_both_timeouts(self):
        """The shop gives its sessions the timeouts of IDLE and ABSOLUTE; each ends one."""
        for idle, absolute, used in ((1, 3600, False), (5, 3, True)):
            settings = {"IDLE": str(idle), "ABSOLUTE": str(absolute)}
            with self.subTest(settings), servers.shop(self.command, self.server, self.gate, **settings) as port:
                browser, meta = self.looked_at_in_time(port)
                self.assertEqual((meta[b"idle-timeout"], meta[b"absolute-timeout"]), (idle * 1000, absolute * 1000))
                if used:
                    until("a session in use has ended", lambda: self.me(browser.copy()) == {})
                else:
                    until("an unused session has ended", lambda: not self.redis.exists(browser.sid))
                self.assertEqual(self.me(browser.copy()), {})


def until(what, condition):
    end = time.monotonic() + servers.PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise unittest.TestCase.failureException(f"not within {servers.PATIENCE} s: {what}")
        time.sleep(0.1)


def told_if_slow(what, start):
    """Prints what took far longer than it does anywhere: a machine on which something waits for its patience to end says so."""
    if (took := time.monotonic() - start) > 20:
        print(f"SLOW: {what} took {took:.0f} s")
