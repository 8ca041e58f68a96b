"""redis-cli, by arguments and by hand, and redis-benchmark, as Debian ships them."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import server

PATIENCE = 120  # seconds: more than anything here needs on a slow machine


class WithServer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        running = server.sessd()
        cls.port = str(running.__enter__())
        cls.addClassCleanup(running.__exit__, None, None, None)

    def setUp(self):
        self.assertEqual(self.cli("FLUSHALL"), "OK")

    def cli(self, *words, options=()):
        """What redis-cli prints to a pipe, without the last newline."""
        done = subprocess.run(
            ["redis-cli", "-p", self.port, *options, *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=PATIENCE,
        )
        self.assertEqual(done.stderr, "")
        return done.stdout.rstrip("\n")


class ByArguments(WithServer):
    def test_every_session_command(self):
        """In RESP2 and RESP3; the server's own list of commands says which there are."""
        for options, expected in ((["-2"], RESP2), (["-3"], RESP3)):
            with self.subTest(options):
                self.cli("FLUSHALL")
                driven = set()
                for line, shown in expected:
                    words = line.split()
                    driven.add(words[0].lower())
                    got = self.cli(*words, options=[*options, "--no-raw"])
                    self.assertRegex(got, re.compile(f"^{shown}$", re.S), line)
                there_are = self.cli("COMMAND", "LIST", "FILTERBY", "PATTERN", "sess.*").split()
                self.assertEqual(driven, set(there_are))

    def test_subscribes(self):
        """It stays in pub/sub mode, and prints what is published, in RESP2 and RESP3."""
        for option in ("-2", "-3"):
            with self.subTest(option), subprocess.Popen(
                ["redis-cli", "-p", self.port, option, "SUBSCRIBE", "a", "b"], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
            ) as listener:
                self.addCleanup(listener.kill)
                lines = [listener.stdout.readline().rstrip("\n") for _ in range(6)]
                self.assertEqual(lines, ["subscribe", "a", "1", "subscribe", "b", "2"])
                self.assertEqual(self.cli("PUBLISH", "b", "hello"), "1")
                lines = [listener.stdout.readline().rstrip("\n") for _ in range(3)]
                self.assertEqual(lines, ["message", "b", "hello"])
                listener.kill()

    def test_values_from_standard_input_are_binary_safe(self):
        every = bytes(range(256))
        self.cli("SESS.CREATE", "a")
        saved = subprocess.run(
            ["redis-cli", "-p", self.port, "-x", "SESS.SAVE", "a", "every"],
            input=every, capture_output=True, timeout=PATIENCE, check=True,
        )
        self.assertEqual(saved.stdout, b"1\n")
        got = subprocess.run(
            ["redis-cli", "-p", self.port, "SESS.GET", "a", "FIELDS", "1", "every"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE, check=True,
        )
        self.assertEqual(got.stdout, every + b"\n")

    def test_the_tools_of_redis_cli(self):
        self.cli("SET", "plain", "12345")
        for i in range(50):
            self.cli("SESS.CREATE", f"s{i}", "FIELDS", "1", "f", "v")
        self.assertEqual(len(self.cli(options=["--scan"]).split()), 51)
        self.assertEqual(len(self.cli(options=["--scan", "--pattern", "s1*"]).split()), 11)
        self.assertIn("Sampled 51 keys in the keyspace!", self.cli(options=["--bigkeys"]))
        self.assertIn("redis_version:", self.cli("INFO", "server"))
        piped = subprocess.run(
            ["redis-cli", "-p", self.port, "--pipe"],
            input="".join(f"SESS.SAVE s{i} f w\r\n" for i in range(50)) + "SESS.SAVE none f w\r\n",
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )
        self.assertIn("errors: 1, replies: 51", piped.stdout)
        self.assertIn("NOSESSION no such session", piped.stdout + piped.stderr)

    def test_samples_of_the_keyspace(self):
        self.cli("SET", "plain", "x" * 100)
        self.cli("SET", "longer", "x" * 5000)
        shown = self.cli(options=["--bigkeys"])
        self.assertIn("""Biggest string found '"longer"' has 5000 bytes""", shown)
        self.assertIn("2 strings with 5100 bytes (100.00% of keys, avg size 2550.00)", shown)
        for option in (["--memkeys"], ["--memkeys-samples", "3"]):
            shown = self.cli(options=option)
            self.assertRegex(shown, """Biggest string found '"longer"' has [5-9][0-9]{3} bytes""")
            self.assertIn("Sampled 2 keys in the keyspace!", shown)

    def test_samples_of_every_type(self):
        self.cli("RPUSH", "list", "a", "b", "c")
        self.cli("HSET", "hash", "f", "v", "g", "w")
        self.cli("SADD", "set", "a", "b")
        self.cli("ZADD", "zset", "1", "a")
        self.cli("XADD", "stream", "*", "f", "v")
        shown = self.cli(options=["--bigkeys"])
        for found in ("list   found '\"list\"' has 3 items", "hash found '\"hash\"' has 2 fields", "set found '\"set\"' has 2 members",
                      "zset found '\"zset\"' has 1 members", "stream found '\"stream\"' has 1 entries"):
            self.assertRegex(shown, "Biggest +" + found.replace("list   ", "list "))

    def test_hot_keys(self):
        """They are counted under a policy by frequency alone."""
        self.cli("SET", "hot", "x")
        refused = subprocess.run(["redis-cli", "-p", self.port, "--hotkeys"], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertIn("An LFU maxmemory policy is not selected", refused.stdout + refused.stderr)
        self.cli("CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
        self.cli("GET", "hot")
        self.assertRegex(self.cli(options=["--hotkeys"]), 'hot key found with counter: [0-9]+\tkeyname: "hot"')

    def test_refuses_replicas(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(["redis-cli", "-p", self.port, "--rdb", f"{folder}/dump.rdb"], capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertIn("this server cannot have replicas", done.stdout + done.stderr)
        self.assertNotEqual(done.returncode, 0)

    def test_scripts_from_a_file(self):
        self.cli("SET", "plain", "12345")
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
            script.write("return {KEYS[1], ARGV[2], redis.call('GET', KEYS[1])}")
            script.flush()
            self.assertEqual(self.cli("plain", ",", "x", "y", options=["--eval", script.name]), "plain\ny\n12345")
            for option in ("--ldb", "--ldb-sync-mode"):
                shown = self.cli("plain", ",", "x", "y", options=[option, "--eval", script.name])
                self.assertIn("ERR SCRIPT DEBUG is not supported, this server has no Lua debugger", shown)
                self.assertNotIn("12345", shown)

    def test_forms_of_output(self):
        self.cli("MSET", "a", "1", "b", 'say "b"')
        self.assertEqual(self.cli("MGET", "a", "b", "none", options=["--csv"]), '"1","say \\"b\\"",NULL')
        self.assertEqual(self.cli("MGET", "a", "b", "none", options=["--json"]), '["1","say \\"b\\"",null]')
        self.assertEqual(self.cli("INCR", "n", options=["-r", "3", "-i", "0.01"]), "1\n2\n3")
        self.assertEqual(self.cli("GET", r'"\x61"', options=["--quoted-input"]), "1")
        self.assertEqual(self.cli("GET", "a", options=["-n", "3"]), "")

    def test_measures_latency(self):
        least, most, average, samples = self.cli(options=["--latency", "--raw", "-i", "0.5"]).split()
        self.assertLessEqual(float(least), float(average))
        self.assertLessEqual(float(average), float(most))
        self.assertGreater(int(samples), 0)

    def test_measures_its_machine_without_a_server(self):
        self.assertIn("total runs (avg latency:", self.cli(options=["--intrinsic-latency", "1"]))

    def test_monitors(self):
        """It prints who runs which command; what may be a session's id or its value is redacted."""
        monitor = subprocess.Popen(
            ["redis-cli", "-p", self.port, "MONITOR"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
        )
        self.addCleanup(monitor.stdout.close)
        self.addCleanup(monitor.wait)
        self.addCleanup(monitor.kill)
        self.assertEqual(monitor.stdout.readline(), "OK\n")
        self.cli("INCR", "seen")
        self.assertRegex(monitor.stdout.readline(), r'^[0-9]+\.[0-9]{6} \[0 127\.0\.0\.1:[0-9]+\] "INCR" "\(redacted\)"\n$')


class OnATerminal(WithServer):
    """What redis-cli draws until it is ended."""

    def drawn(self, options, text):
        """Runs redis-cli until text, a regular expression, is drawn."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvp("redis-cli", ["redis-cli", "-p", self.port, *options])
        shown = b""
        try:
            end = time.monotonic() + PATIENCE
            while time.monotonic() < end and not re.search(text, shown.decode(errors="replace")):
                if select.select([terminal], [], [], 0.1)[0]:
                    shown += os.read(terminal, 65536)
        finally:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            os.close(terminal)
        self.assertRegex(shown.decode(errors="replace"), text)

    def test_figures_every_second(self):
        self.cli("SET", "a", "1")
        self.drawn(["--stat", "-i", "0.05"], r"(?s)keys +mem +clients.*\n1 +[0-9.]+[BKMG] +[12] +0 +[0-9]+ \(\+[0-9]+\)")

    def test_latency_over_time(self):
        self.drawn(["--latency-history", "-i", "0.2"], r"(?s)samples\) -- [0-9]+\.[0-9]+ seconds range.*samples\) -- ")
        self.drawn(["--latency-dist", "-i", "0.2"], r"(?s)From 0 to 100%")


class ByHand(WithServer):
    """redis-cli on a terminal, its keys pressed one by one."""

    def setUp(self):
        super().setUp()
        pid, self.terminal = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm", HOME="/nonexistent")
            os.execvp("redis-cli", ["redis-cli", "-p", self.port])
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 250, 0, 0))
        self.addCleanup(os.waitpid, pid, 0)
        self.addCleanup(os.close, self.terminal)
        self.prompt = f"127.0.0.1:{self.port}> "
        self.see(self.prompt)

    def press(self, keys):
        for key in keys:
            os.write(self.terminal, key.encode())

    def enter(self, line):
        """Types a line; gives what is drawn until the next prompt. Keys pressed before it are lost."""
        self.press(line + "\r")
        return self.see("\n" + self.prompt)

    def see(self, text):
        """Reads until text is drawn; gives all that was, without colours and cursor movements."""
        drawn = b""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([self.terminal], [], [], 0.1)[0]:
                drawn += os.read(self.terminal, 65536)
            shown = re.sub(rb"\x1b\[[0-9;]*[A-Za-z]", b"", drawn).decode(errors="replace")
            if text in shown:
                return shown
        self.fail(f"redis-cli never drew {text!r}, but {shown!r}")

    def test_hints_come_from_command_docs(self):
        self.press("SESS.GET ")
        self.see("SESS.GET id [COMPONENT name|COMPONENTS] [NOTOUCH]")
        self.press("abc ")
        self.see("SESS.GET abc [COMPONENT name|COMPONENTS] [NOTOUCH]")

    def test_tab_completes_and_help_explains(self):
        self.press("sess.rot\t")
        self.see("SESS.ROTATE")
        shown = self.enter("\x15HELP SESS.ROTATE")
        self.assertRegex(shown, r"SESS.ROTATE id \S.* \[GRACE ms\] \[PRINCIPAL name\]")
        for heading in ("summary:", "since:", "group:"):
            self.assertIn(heading, shown)

    def test_every_command_has_hints_and_help(self):
        """Those of its own documentation are in COMMAND DOCS, which redis-cli asks for when it begins."""
        groups = self.cli("COMMAND", "DOCS", options=["--json", "-3"])
        docs = json.loads(groups)
        self.assertEqual(set(docs), {name for name in self.cli("COMMAND", "LIST").split() if "|" not in name})
        for line, hint in (
            ("SET ", "key value [NX|XX] [GET]"), ("HEXPIRE ", "key seconds [NX|XX|GT|LT] FIELDS numfields field [field ...]"),
            ("ZADD ", "key [NX|XX]"), ("BLMPOP ", "timeout numkeys key [key ...] LEFT|RIGHT [COUNT count]"), ("XADD ", "key [NOMKSTREAM]"),
            ("EVAL ", "script numkeys"), ("CLIENT KILL ", "ip:port"), ("CONFIG SET ", "parameter value"), ("SUBSCRIBE ", "channel [channel ...]"),
        ):
            self.press(line)
            self.see(line + hint)
            self.press("\x15")
        for name in ("lpush", "CLIENT LIST", "@hash", "@sorted-set", "@stream", "@pubsub", "@scripting"):
            self.assertIn("summary:", self.enter(f"\x15help {name}"))

    def test_a_session_by_hand(self):
        self.assertIn('"a"', self.enter("SESS.CREATE a FIELDS 1 user ann"))
        self.assertIn('1) "user"\r\n2) "ann"', self.enter("SESS.GET a"))
        self.assertIn('"proto" => (integer) 3', self.enter("HELLO 3"))
        self.assertIn('1# "user" => "ann"', self.enter("SESS.GET a"))
        self.assertIn("(error) ERR syntax error", self.enter("SESS.SAVE a UNSET 1"))
        self.assertIn("(integer) 1", self.enter("SESS.DESTROY a"))


class Benchmark(WithServer):
    """redis-benchmark stops at the first error reply, so to run to the end is to be served."""

    def benchmark(self, *words, tests=1):
        done = subprocess.run(
            ["redis-benchmark", "-p", self.port, "-q", *words],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=600,
        )
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        rates = re.findall(r"^\S.*: ([0-9.]+) requests per second", done.stdout.replace("\r", "\n"), re.M)
        self.assertEqual(len(rates), tests, done.stdout)
        print("".join(f"\n    {line}" for line in done.stdout.replace("\r", "\n").split("\n") if "per second" in line))

    def test_session_commands(self):
        self.cli("SESS.CREATE", "bench", "FIELDS", "2", "user", "ann", "cart", "empty")
        self.benchmark("-n", "20000", "SESS.GET", "bench")
        self.benchmark("-n", "20000", "SESS.SAVE", "bench", "cart", "__rand_int__", "seen", "now")
        meta = self.cli("SESS.META", "bench").split("\n")
        self.assertEqual(meta[meta.index("revision") + 1], "20000", "every save is a revision")

    def test_its_own_tests(self):
        self.benchmark("-n", "20000", "-t", "ping,set,get,incr,mset", tests=6)
        self.benchmark("-n", "20000", "-P", "16", "-r", "1000", "-t", "set,get,incr", tests=3)
        self.benchmark("-n", "20000", "-3", "-t", "ping,set,get", tests=4)

    def test_all_of_its_tests(self):
        """With no arguments but the port, and fewer requests than by itself."""
        self.benchmark("-n", "5000", tests=20)


# The conversation of test_every_session_command: a line, and a regular expression for what is shown.
ID = '"[A-Za-z0-9_-]{43}"'
ALIKE = [
    ("SESS.CREATE a PX 60000 MAXAGE 600 PRINCIPAL ann FIELDS 2 user ann lang en", '"a"'),
    ("SESS.CREATE a", r"\(error\) SESSEXISTS session already exists"),
    ("SESS.CREATE *", ID),
    ("SESS.SAVE a lang de", r"\(integer\) 1"),
    ("SESS.SAVE a COMPONENT menu IFREV 1 EX 60 FIELDS 1 open yes", r"\(integer\) 2"),
    ("SESS.SAVE a IFREV 1 UNSET 1 lang", r"\(error\) REVISION session is at revision 2"),
    ("SESS.SAVE a UNSET 1 lang", r"\(integer\) 3"),
    ("SESS.CLEAR a COMPONENT menu", r"\(integer\) 4"),
    ("SESS.INCR a visits 5", r"\(integer\) 5"),
    ("SESS.APPEND a log xy", r"\(integer\) 2"),
    ("SESS.TAKE a FIELDS 2 log none", r'1\) "xy"\n2\) \(nil\)'),
    ("SESS.LOCK a token PX 60000", r"OK"),
    ("SESS.UNLOCK a token", r"\(integer\) 1"),
    ("SESS.TOUCH a EX 100", r"\(integer\) 1"),
    ("SESS.TOUCH none", r"\(integer\) 0"),
    ("SESS.ROTATE a b GRACE 60000 PRINCIPAL bea", '"b"'),
    ("SESS.LIST ann", r"\(empty array\)"),
    ("SESS.LIST bea", r'1\) "b"'),
    ("SESS.SCAN 0 MATCH b COUNT 100", r'1\) "0"\n2\) 1\) "b"'),
    ("SESS.DESTROYALL bea EXCEPT b", r"\(integer\) 0"),
    ("SESS.DESTROYALL bea", r"\(integer\) 1"),
    ("SESS.DESTROY a b", r"\(integer\) 0"),
]


def either_way(shown):
    """The two fields of a session in whatever order the server keeps them."""
    user, lang = ("user", "ann"), ("lang", "en")
    return f"(?:{shown.format(*user, *lang)}|{shown.format(*lang, *user)})"


RESP2 = [
    *ALIKE[:3],
    ("SESS.GET a NOTOUCH WITHREV", either_way(r'1\) \(integer\) 0\n2\) 1\) "{}"\n   2\) "{}"\n   3\) "{}"\n   4\) "{}"')),
    ("SESS.META a", r' 1\) "created-at"\n 2\) \(integer\) [0-9]{13}\n.*'),
    *ALIKE[3:],
    ("SESS.GET a", r"\(nil\)"),
]
RESP3 = [
    *ALIKE[:3],
    ("SESS.GET a NOTOUCH WITHREV", either_way(r'1\) \(integer\) 0\n2\) 1# "{}" => "{}"\n   2# "{}" => "{}"')),
    ("SESS.META a", r' 1# "created-at" => \(integer\) [0-9]{13}\n.*'),
    *ALIKE[3:],
    ("SESS.GET a", r"\(nil\)"),
]

if __name__ == "__main__":
    unittest.main()
