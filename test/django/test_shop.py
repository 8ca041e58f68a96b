"""The shop on Django, on sessd and on django-redis; and the command that lists and ends a user's sessions."""

import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, os.pardir, "shop"))

import servers  # noqa: E402
from tests import ShopTests  # noqa: E402
from visitors import VisitorsTests  # noqa: E402

SHOP = os.path.join(HERE, "shop.py")


class Django(ShopTests, VisitorsTests, unittest.TestCase):
    command = (sys.executable, SHOP)
    gone = 400  # what Django's SessionInterrupted answers
    usual = "django-redis"


class UserSessions(unittest.TestCase):
    """manage.py usersessions, beside sessions that a script makes by SessionStore as django.contrib.auth does."""

    @classmethod
    def setUpClass(cls):
        context = servers.sessd()
        scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(scratch.cleanup)
        cls.environment = {**os.environ, "REDIS_PORT": str(context.__enter__()), "SCRATCH": scratch.name}
        cls.addClassCleanup(context.__exit__, None, None, None)
        cls.manage("migrate", "-v0")
        cls.manage("shell", "-c", LOGINS)

    @classmethod
    def manage(cls, *words, fails=False):
        done = subprocess.run(
            [sys.executable, "-W", "ignore", SHOP, *words], env=cls.environment, capture_output=True, text=True, timeout=servers.PATIENCE
        )
        if (done.returncode != 0) != fails:
            raise AssertionError(done.stdout + done.stderr)
        return done.stderr if fails else done.stdout

    def handles(self, user):
        title, *rows = self.manage("usersessions", user).splitlines()
        self.assertEqual(title.split(), ["handle", "created", "last", "used"])
        for row in rows:
            self.assertRegex(row, r"^[\w-]+ +\d{4}(-\d\d){2} \d\d(:\d\d){2}Z +\d{4}(-\d\d){2} \d\d(:\d\d){2}Z$")
        return [row.split()[0] for row in rows]

    def test_lists_and_ends(self):
        first, *rest = self.handles("ann")
        self.assertEqual(len(rest), 2)
        self.assertEqual(self.manage("usersessions", "ann", "--end", first), "ended 1\n")
        self.assertIn("1 of the handles name no session", self.manage("usersessions", "ann", "--end", first, fails=True))
        self.assertEqual(sorted(self.handles("ann")), sorted(rest))
        self.assertEqual(self.manage("usersessions", "ann", "--end-all"), "ended 2\n")
        self.assertEqual(self.handles("ann"), [])
        self.assertEqual(len(self.handles("bob")), 1)
        self.assertIn("there is no user nobody", self.manage("usersessions", "nobody", fails=True))


LOGINS = """
from django.contrib.auth.models import User
from sessd_django.sessions import SessionStore
for name in "ann", "ann", "ann", "bob":
    session = SessionStore()
    session["_auth_user_id"] = str(User.objects.get_or_create(username=name)[0].pk)
    session.save()
"""


class Store(unittest.TestCase):
    """SessionStore by itself: the corners of Django's contract that the shop does not reach."""

    def test_contract(self):
        with servers.sessd() as port, tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(
                [sys.executable, "-W", "ignore", os.path.join(HERE, "contract.py")], capture_output=True, text=True, timeout=servers.PATIENCE,
                env={**os.environ, "REDIS_PORT": str(port), "SCRATCH": scratch},
            )
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
