"""redis-py by itself: pipelines, transactions, scripts, locks and pub/sub."""

import show
from show import attempt, until

import redis

client = redis.Redis(port=show.PORT, decode_responses=True)
attempt("pipeline", lambda: client.pipeline().set("a", 1, ex=60).incr("a").mget("a", "b").execute())
attempt("pipeline, no transaction", lambda: client.pipeline(transaction=False).set("a", 1).get("a").execute())
attempt("transaction with an error", lambda: client.pipeline().set("s", "x").incr("s").execute())


def double(pipe):
    n = int(pipe.get("a"))
    if n < 10:
        client.set("a", 10)  # another writer: the transaction starts again
    pipe.multi()
    pipe.set("a", n * 2)


attempt("watch", client.transaction, double, "a")
attempt("watched", client.get, "a")
script = client.register_script("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
attempt("script", script, ["n"], ["x"])
attempt("script in a pipeline", lambda: (lambda p: (script(["n"], ["y"], client=p), p.execute())[1])(client.pipeline()))
attempt("script by its text", client.eval, "return tonumber(ARGV[1]) * 2", 0, 21)

ann, bea = client.lock("lock", timeout=30), client.lock("lock", timeout=30, blocking_timeout=0.1, sleep=0.02)
attempt("ann locks", ann.acquire)
attempt("bea waits in vain", bea.acquire)
attempt("ann extends", ann.extend, 30)
attempt("time left", lambda: 30000 < client.pttl("lock") <= 60000)
attempt("ann begins anew", ann.reacquire)
attempt("owned", lambda: (ann.owned(), bea.owned(), ann.locked()))
attempt("ann releases", ann.release)
attempt("bea locks", bea.acquire)
attempt("bea releases", bea.release)
attempt("ann releases again", ann.release)

heard = []
subscriber = client.pubsub()
attempt("subscribe", subscriber.subscribe, **{"news": lambda m: heard.append((m["type"], m["channel"], m["data"]))})
attempt("subscribe to a pattern", subscriber.psubscribe, **{"n?ws": lambda m: heard.append((m["type"], m["channel"], m["data"]))})
attempt("ready", until, lambda: not subscriber.get_message(timeout=0.05) and client.pubsub_numsub("news")[0][1] == 1)
attempt("publish", client.publish, "news", "hello")
attempt("heard", until, lambda: subscriber.get_message(timeout=0.05) is None and len(heard) == 2)
show.show("messages", sorted(heard))
attempt("a health check", lambda: subscriber.ping())
attempt("scan", lambda: sorted(client.scan_iter("*")))
