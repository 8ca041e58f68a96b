"""The shop on Flask, on sessd and on Flask-Session."""

import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

from tests import ShopTests  # noqa: E402
from visitors import VisitorsTests  # noqa: E402


class Flask(ShopTests, VisitorsTests, unittest.TestCase):
    command = (sys.executable, os.path.join(HERE, "shop.py"))
    usual = "Flask-Session"


if __name__ == "__main__":
    unittest.main()
