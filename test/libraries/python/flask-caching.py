"""Flask with Flask-Caching: values, several at once, and what functions and views answer."""

import show
from show import attempt

from flask import Flask
from flask_caching import Cache

app = Flask(__name__)
cache = Cache(app, config={"CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": show.URL, "CACHE_DEFAULT_TIMEOUT": 60})
calls = []


@cache.memoize()
def square(n):
    calls.append(n)
    return n * n


@app.route("/")
@cache.cached(key_prefix="front")
def front():
    calls.append("front")
    return f"made {calls.count('front')}"


with app.app_context():
    attempt("set", cache.set, "a", {"n": 1})
    attempt("get", cache.get, "a")
    attempt("add", lambda: (cache.add("a", 2), cache.add("b", 2)))
    attempt("several", lambda: (cache.set_many({"c": 3, "d": [4]}), cache.get_many("a", "c", "d", "none")))
    attempt("has", lambda: (cache.has("a"), cache.has("none")))
    attempt("increment", lambda: (cache.cache.inc("n", 2), cache.cache.dec("n", 1)))
    attempt("delete", lambda: (cache.delete("a"), cache.delete_many("c", "none")))
    attempt("memoize", lambda: ([square(3), square(3), square(4)], calls))
    attempt("forget", lambda: (cache.delete_memoized(square, 3), square(3), square(4), calls))
    attempt("clear", lambda: (cache.clear(), cache.get("d")))
    for _ in range(2):
        attempt("view", lambda: app.test_client().get("/").text)
