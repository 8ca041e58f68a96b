"""What Django expects of a SessionStore, tried on sessd at REDIS_PORT by test_shop.py."""

import unittest

import shop

shop.django.setup()

from django.contrib.sessions.backends.base import UpdateError  # noqa: E402
from sessd_django.sessions import SessionStore, client  # noqa: E402


class Contract(unittest.TestCase):
    def stored(self, **fields):
        session = SessionStore()
        session.update(fields)
        session.save()
        return SessionStore(session.session_key)

    def again(self, session):
        return dict(SessionStore(session.session_key).items())

    def test_a_change_inside_a_value_is_saved(self):
        session = self.stored(cart={"tea": 1}, lang="en")
        session["cart"]["tea"] += 1
        self.assertTrue(session.modified)
        session.save()
        self.assertEqual(self.again(session), {"cart": {"tea": 2}, "lang": "en"})

    def test_reading_modifies_nothing(self):
        session = self.stored(cart={"tea": 1})
        self.assertEqual(session["cart"], {"tea": 1})
        session["cart"] = {"tea": 1}
        self.assertFalse(session.modified)

    def test_a_save_leaves_what_others_saved(self):
        one = self.stored(a=1, b=1)
        other = SessionStore(one.session_key)
        one["a"] = 2
        del other["b"]
        other["c"] = 3
        one.save()
        other.save()
        self.assertEqual(self.again(one), {"a": 2, "c": 3})

    def test_cycle_key_is_done_when_the_key_is_read(self):
        session = self.stored(a=1)
        old = session.session_key
        session.cycle_key()
        self.assertNotEqual(session.session_key, old)
        self.assertFalse(session.exists(old))
        self.assertEqual(self.again(session), {"a": 1})

    def test_a_login_after_the_key_was_read_has_its_principal(self):
        session = self.stored(a=1)
        session.cycle_key()
        between = session.session_key
        session["_auth_user_id"] = "7"
        session.save()
        self.assertFalse(session.exists(between))
        self.assertEqual(client().execute_command("SESS.LIST", "7"), [session.session_key.encode()])

    def test_flush_ends_it(self):
        session = self.stored(a=1)
        old = session.session_key
        session.flush()
        self.assertTrue(session.is_empty())
        self.assertIsNone(session.session_key)
        self.assertFalse(session.exists(old))
        session["b"] = 1
        session.save()
        self.assertEqual(self.again(session), {"b": 1})

    def test_clear_keeps_the_session(self):
        session = self.stored(a=1, b=2)
        session.clear()
        session["b"] = 3
        session.save()
        self.assertEqual(self.again(session), {"b": 3})

    def test_a_save_after_the_end_is_an_update_error(self):
        session = self.stored(a=1)
        session["a"] = 2
        SessionStore(session.session_key).delete()
        with self.assertRaises(UpdateError):
            session.save()
        self.assertFalse(session.exists(session.session_key))

    def test_set_expiry_moves_the_idle_timeout(self):
        session = self.stored(a=1)
        session.set_expiry(90)
        session.save()
        meta = client().execute_command("SESS.META", session.session_key)
        self.assertEqual(dict(zip(meta[::2], meta[1::2]))[b"idle-timeout"], 90_000)

    def test_create_gives_a_key_at_once(self):
        session = SessionStore()
        session.create()
        self.assertTrue(session.exists(session.session_key))
        self.assertTrue(session.modified)


if __name__ == "__main__":
    unittest.main()
