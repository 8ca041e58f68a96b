"""Visitors with several requests under way at once, and a count of what a shop confirmed and did not keep."""

import os
import random
import time

import servers
from browser import Browser, at_once


def setting(name, usual):
    return int(os.environ.get(name, usual))


class Lost(dict):
    """Counts by name: lost and of how many."""

    def __init__(self):
        super().__init__(fields=[0, 0], cart=[0, 0], logouts=[0, 0], refused=[0, 0])

    def count(self, what, lost, of=1):
        self[what][0] += lost
        self[what][1] += of


def visit(browser, gate, n, lost, dice):
    """One visitor: sets fields, each of its own, fills a cart, logs out while a request is under way."""
    fields, cart = {}, 0

    def ask(path):
        answer = browser.post(path)
        lost.count("refused", answer.status >= 400)
        return answer.status < 400

    ask(f"/set/first/v{n}")
    fields["first"] = f"v{n}"
    for step in range(setting("ROUNDS", 5)):
        calls, kinds = [], []
        for i in range(setting("IN_FLIGHT", 4)):
            pause = dice.randrange(setting("PAUSE", 10) + 1)
            field = None if dice.random() < 0.3 else f"f{step}.{i}"
            path = "/cart/tea" if field is None else f"/set/{field}/v{n}.{step}.{i}"
            calls.append(lambda path=path, pause=pause: ask(f"{path}?pause={pause}"))
            kinds.append((field, f"v{n}.{step}.{i}"))
        for (field, value), done in zip(kinds, at_once(calls)):
            if done and field is None:
                cart += 1
            elif done:
                fields[field] = value
    body = answered(lambda: browser.get("/me")).body
    for field, value in fields.items():
        lost.count("fields", body.get(f"my.{field}") != value)
    lost.count("cart", max(0, cart - body.get("cart.tea", 0)), cart)
    _leave(browser, gate, f"visitor{n}", lost)


def _leave(browser, gate, name, lost):
    thief, late = browser.copy(), browser.copy()

    def logout():
        try:
            gate.wait(name)
            answered(lambda: browser.post("/logout"))
        finally:
            gate.release(name)

    at_once([lambda: late.post(f"/set/late/{name}?gate={name}"), logout])
    lost.count("logouts", answered(lambda: thief.get("/me")).body != {})


def answered(call):
    """What a request is answered in the end; while the shop says that it cannot answer now, it is asked again."""
    end = time.monotonic() + servers.PATIENCE
    while (answer := call()).status >= 500 and time.monotonic() < end:
        time.sleep(0.1)
    return answer


def crowd(command, port, gate, **settings):
    """Lets visitors, a few at a time, into a shop of two processes on the server at a port."""
    seed, lost = setting("SEED", 1), Lost()
    with servers.shop(command, port, gate, **settings) as one, servers.shop(command, port, gate, **settings) as other:
        for first in range(0, setting("VISITORS", 20), 4):
            at_once(
                [
                    lambda n=n: visit(Browser(one, other), gate, n, lost, random.Random(seed + n))
                    for n in range(first, first + 4)
                ]
            )
    return lost


class VisitorsTests:
    """Mixed into a unittest.TestCase beside ShopTests: a crowd on sessd, and one on the framework's usual store in Redis."""

    usual = ""  # the name of the usual store; the shop keeps its sessions there where STORE is "usual"

    def test_a_crowd_loses_nothing(self):
        ours = crowd(self.command, self.server, self.gate)
        with servers.redis_server() as port:
            theirs = crowd(self.command, port, self.gate, STORE="usual")
        print(f"\n| {type(self).__name__} | sessd | {self.usual} |")
        for what in ("fields", "cart", "logouts"):
            print(f"| {what} lost or undone | {' of '.join(map(str, ours[what]))} | {' of '.join(map(str, theirs[what]))} |")
        self.assertEqual([ours[what][0] for what in ("fields", "cart", "logouts")], [0, 0, 0])
        self.assertGreater(ours["fields"][1], 0)
        self.assertGreater(theirs["fields"][0], 0, "the comparison must be able to see a loss")
