"""The shop on net/http, chi, gin, echo and fiber by each client library, and on scs beside its own store."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

from tests import ShopTests  # noqa: E402
from visitors import VisitorsTests, crowd  # noqa: E402

scratch = tempfile.TemporaryDirectory(prefix="shop-")
SHOP = os.path.join(scratch.name, "shop")
unittest.addModuleCleanup(scratch.cleanup)


def setUpModule():
    subprocess.run(["go", "build", "-o", SHOP, "."], cwd=os.path.join(HERE, "shop"), check=True)


def on(framework, client):
    return ("env", f"FRAMEWORK={framework}", f"CLIENT={client}", SHOP)


class NetHTTP(ShopTests, VisitorsTests, unittest.TestCase):
    command = on("net/http", "go-redis")
    usual = "scs, redisstore"


class Chi(ShopTests, unittest.TestCase):
    command = on("chi", "rueidis")


class Gin(ShopTests, unittest.TestCase):
    command = on("gin", "redigo")


class Echo(ShopTests, unittest.TestCase):
    command = on("echo", "go-redis")


class Fiber(ShopTests, unittest.TestCase):
    command = on("fiber", "rueidis")


class SCS(ShopTests, unittest.TestCase):
    """scs has no counters, no principals and no grace; what it has, it does on this project's store."""

    command = on("scs", "go-redis")

    test_additions_at_once_all_count = None
    test_one_request_gets_a_flash_message = None
    test_a_request_under_way_while_the_id_rotates_is_saved = None
    test_log_out_everywhere = None
    test_log_out_everywhere_else = None
    test_both_timeouts = None
    test_an_id_that_nobody_made_is_never_taken_over = None
    test_login_rotates_the_id_and_keeps_the_data = None
    test_logout_holds_against_requests_under_way = None

    def meta(self, sid):
        return super().meta(f"scs:session:{sid}")

    def test_login_and_logout(self):
        browser = self.browser()
        self.ok(browser.post("/set/lang/en"))
        before = browser.copy()
        self.ok(browser.post("/login/ann"))
        self.assertNotEqual(browser.sid, before.sid)
        self.assertEqual(self.me(browser), {"my.lang": "en", "user": "ann"})
        self.assertEqual(self.me(before), {}, "the old id is dead")
        thief = browser.copy()
        release = self.late(thief, "scs", self.held)
        self.ok(browser.post("/logout"))
        self.assertEqual([answer.status for answer in release()], [self.gone] * self.held)
        self.assertEqual(self.me(thief.copy()), {})

    def test_a_crowd_loses_no_field(self):
        lost = crowd(self.command, self.server, self.gate)
        print(f"\nscs on sessd: {lost}")
        self.assertEqual([lost["fields"][0], lost["logouts"][0]], [0, 0])
        self.assertGreater(lost["fields"][1], 0)


if __name__ == "__main__":
    unittest.main()
