"""redis-py at its defaults, as Debian ships it."""

import inspect
import unittest

import redis
import server

SPEAKS_RESP3 = "protocol" in inspect.signature(redis.Connection.__init__).parameters


class RedisPy:
    """What every protocol version must do; a class per version runs it."""

    protocol = {}

    @classmethod
    def setUpClass(cls):
        running = server.sessd()
        cls.port = running.__enter__()
        cls.addClassCleanup(running.__exit__, None, None, None)

    def setUp(self):
        self.r = redis.Redis(port=self.port, **self.protocol)
        self.addCleanup(self.r.close)
        self.r.flushdb()

    def fields(self, *args):
        """SESS.GET's map, which RESP2 sends flat."""
        reply = self.r.execute_command("SESS.GET", *args)
        if isinstance(reply, list):
            return dict(zip(reply[::2], reply[1::2]))
        return reply

    def test_messages_and_events(self):
        self.r.config_set("notify-keyspace-events", "Eg")
        with self.r.pubsub() as p:
            p.subscribe("a")
            p.psubscribe("__keyevent@0__:*", "__sess__:*")
            kinds = [p.get_message(timeout=60)["type"] for _ in range(3)]
            self.assertEqual(kinds, ["subscribe", "psubscribe", "psubscribe"])
            self.assertEqual(self.r.publish("a", "hello"), 1)
            self.r.set("k", "v")
            self.r.delete("k")
            self.r.execute_command("SESS.CREATE", "s", "PRINCIPAL", "ann")
            heard = [p.get_message(timeout=60) for _ in range(3)]
            self.assertEqual([m["channel"] for m in heard], [b"a", b"__keyevent@0__:del", b"__sess__:created"])
            self.assertEqual([m["data"] for m in heard[:2]], [b"hello", b"k"])
            self.assertTrue(heard[2]["data"].startswith(b'{"id":"s","principal":"ann","cause":"created","keyspace":0,"time":'))
            p.unsubscribe()
            self.assertEqual(p.get_message(timeout=60)["type"], "unsubscribe")
        self.assertEqual(self.r.pubsub_channels(), [])

    def test_connection(self):
        self.assertTrue(self.r.ping())
        self.assertEqual(self.r.echo("hello"), b"hello")
        info = self.r.info()
        self.assertEqual(info["redis_mode"], "standalone")
        self.assertEqual(info["role"], "master")
        self.assertEqual(self.r.client_setname("shop"), True)
        self.assertEqual(self.r.client_getname(), "shop")
        self.assertGreater(self.r.client_id(), 0)
        self.assertIn("sess.save", self.r.command())
        self.assertIn("maxmemory", self.r.config_get("maxmemory"))
        with redis.Redis(port=self.port, db=3, **self.protocol) as other:
            other.set("here", 1)
            self.assertFalse(self.r.exists("here"))
            other.flushdb()

    def test_a_session(self):
        r = self.r
        session = r.execute_command("SESS.CREATE", "*", "FIELDS", 2, "user", "ann", "n", 1)
        self.assertRegex(session, rb"^[A-Za-z0-9_-]{43}$")
        self.assertEqual(self.fields(session), {b"user": b"ann", b"n": b"1"})
        self.assertEqual(r.execute_command("SESS.SAVE", session, "n", 2, "lang", "en"), 1)
        self.assertEqual(r.execute_command("SESS.SAVE", session, "UNSET", 1, "lang"), 2)
        self.assertEqual(r.execute_command("SESS.GET", session, "FIELDS", 2, "n", "lang"), [b"2", None])
        self.assertEqual(r.execute_command("SESS.GET", session, "WITHREV", "FIELDS", 1, "n"), [2, [b"2"]])
        self.assertEqual(r.type(session), b"session")
        self.assertGreater(r.ttl(session), 0)
        self.assertEqual(r.execute_command("SESS.DESTROY", session), 1)
        self.assertIsNone(r.execute_command("SESS.GET", session))

    def test_any_bytes(self):
        every = bytes(range(256))
        session = every + b"id"
        self.r.execute_command("SESS.CREATE", session, "FIELDS", 1, every, every)
        self.assertEqual(self.fields(session), {every: every})
        self.r.execute_command("SESS.SAVE", session, "COMPONENT", every, "FIELDS", 1, b"", b"\r\n")
        self.assertEqual(self.fields(session, "COMPONENT", every), {b"": b"\r\n"})
        self.assertEqual(list(self.r.scan_iter()), [session])

    def test_errors(self):
        r = self.r
        r.execute_command("SESS.CREATE", "taken")
        r.set("plain", "x")
        for words, error in {
            ("SESS.CREATE", "taken"): "SESSEXISTS session already exists",
            ("SESS.SAVE", "none", "f", "v"): "NOSESSION no such session",
            ("SESS.SAVE", "taken", "IFREV", "7", "FIELDS", "1", "f", "v"): "REVISION session is at revision 0",
            ("SESS.SAVE", "taken"): "wrong number of arguments for 'sess.save' command",
            ("SESS.SAVE", "taken", "UNSET", "f", "v"): None,
            ("SESS.GET", "plain"): "WRONGTYPE Operation against a key holding the wrong kind of value",
            ("GET", "taken"): "WRONGTYPE Operation against a key holding the wrong kind of value",
        }.items():
            with self.subTest(words), self.assertRaises(redis.ResponseError) as raised:
                r.execute_command(*words)
            if error:
                self.assertEqual(str(raised.exception), error)
        self.assertEqual(r.execute_command("SESS.GET", "taken", "WITHREV")[0], 0, "no error saved anything")

    def test_strings(self):
        r = self.r
        self.assertTrue(r.set("k", "v", ex=100))
        self.assertIn(r.ttl("k"), range(1, 101))
        self.assertIsNone(r.set("k", "w", nx=True))
        self.assertEqual(r.set("k", "w", xx=True, keepttl=True, get=True), b"v")
        self.assertTrue(r.setex("e", 100, "v") and r.psetex("p", 100_000, "v") and r.setnx("n", "v"))
        self.assertTrue(r.mset({"a": 1, "b": 2}))
        self.assertEqual(r.mget("a", "b", "none"), [b"1", b"2", None])
        self.assertEqual([r.incr("a"), r.incrby("a", 5), r.decr("a"), r.incrbyfloat("a", 0.5)], [2, 7, 6, 6.5])
        self.assertEqual([r.append("s", "abc"), r.strlen("s"), r.getrange("s", 1, -1)], [3, 3, b"bc"])
        self.assertEqual([r.getex("s", ex=100), r.getset("s", "x"), r.getdel("s")], [b"abc", b"abc", b"x"])
        self.assertTrue(r.expire("b", 50) and r.persist("b"))
        self.assertEqual(r.ttl("b"), -1)
        self.assertEqual(r.delete("a", "b", "none"), 2)
        self.assertEqual(r.unlink("n"), 1)
        self.assertEqual(sorted(r.scan_iter(match="?", count=2)), [b"e", b"k", b"p"])
        self.assertEqual(r.dbsize(), 3)

    def test_scripts_and_locks(self):
        script = self.r.register_script("return {KEYS[1], redis.call('incrby', KEYS[1], ARGV[1])}")
        self.assertEqual(script(keys=["n"], args=[2]), [b"n", 2])
        self.r.script_flush()
        self.assertEqual(script(keys=["n"], args=[3]), [b"n", 5])
        self.assertEqual(self.r.script_exists(script.sha, "none"), [True, False])
        with self.assertRaises(redis.ResponseError):
            self.r.eval("return redis.call('nosuch')", 0)
        lock, other = self.r.lock("lock", timeout=100), self.r.lock("lock", timeout=100)
        self.assertTrue(lock.acquire())
        self.assertFalse(other.acquire(blocking=False))
        self.assertTrue(lock.extend(100))
        self.assertTrue(lock.reacquire())
        lock.release()
        with self.assertRaises(redis.exceptions.LockError):
            lock.release()
        self.assertTrue(other.acquire(blocking=False))

    def test_pipeline(self):
        with self.r.pipeline(transaction=False) as pipe:
            for i in range(500):
                pipe.execute_command("SESS.CREATE", f"s{i}", "FIELDS", 1, "n", i)
            for i in range(500):
                pipe.execute_command("SESS.SAVE", f"s{i}" if i % 2 else f"none{i}", "n", i + 1)
            replies = pipe.execute(raise_on_error=False)
        self.assertEqual(replies[:500], [b"s%d" % i for i in range(500)])
        for i, reply in enumerate(replies[500:]):
            if i % 2:
                self.assertEqual(reply, 1)
            else:
                self.assertEqual(str(reply), "NOSESSION no such session")

    def test_transaction(self):
        with self.r.pipeline(transaction=True) as pipe:
            pipe.set("n", 1).incr("n").execute_command("SESS.CREATE", "s", "FIELDS", 1, "f", "v")
            pipe.execute_command("SESS.SAVE", "none", "f", "v").get("n")
            replies = pipe.execute(raise_on_error=False)
        self.assertEqual(replies[:3] + replies[4:], [True, 2, b"s", b"2"])
        self.assertIn("NOSESSION no such session", str(replies[3]))

    def test_watch(self):
        self.r.set("n", 0)
        calls = []

        def increment(pipe):
            n = int(pipe.get("n"))
            if not calls:
                self.r.set("n", 10)  # another client comes between
            calls.append(n)
            pipe.multi()
            pipe.set("n", n + 1)

        self.assertEqual(self.r.transaction(increment, "n"), [True])
        self.assertEqual(calls, [0, 10])
        self.assertEqual(self.r.get("n"), b"11")
        with self.r.pipeline() as pipe:
            pipe.watch("n")
            pipe.multi()
            pipe.set("n", 0)
            self.r.set("n", 1)
            with self.assertRaises(redis.WatchError):
                pipe.execute()


class Default(RedisPy, unittest.TestCase):
    pass


@unittest.skipUnless(SPEAKS_RESP3, f"redis-py {redis.__version__} has RESP2 alone")
class RESP2(RedisPy, unittest.TestCase):
    protocol = {"protocol": 2}


@unittest.skipUnless(SPEAKS_RESP3, f"redis-py {redis.__version__} has RESP2 alone")
class RESP3(RedisPy, unittest.TestCase):
    protocol = {"protocol": 3}


if __name__ == "__main__":
    unittest.main()
