"""The shop on Rack, on sessd and on redis-rack; and what Rails expects of a session store."""

import os
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

import servers  # noqa: E402
from tests import ShopTests  # noqa: E402
from visitors import VisitorsTests  # noqa: E402


class Rack(ShopTests, VisitorsTests, unittest.TestCase):
    command = ("ruby", "-W0", os.path.join(HERE, "shop.rb"))
    usual = "redis-rack"


class Rails(unittest.TestCase):
    def test_rails(self):
        with servers.sessd() as port:
            done = subprocess.run(
                ["ruby", "-W0", os.path.join(HERE, "rails.rb")], env={**os.environ, "REDIS_PORT": str(port)},
                capture_output=True, text=True, timeout=servers.PATIENCE,
            )
        if done.returncode == 77:
            self.skipTest(done.stderr)
        self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
