"""Django with django-redis: the cache, its locks and sessions in it."""

import show
from show import attempt

import django
import django_redis  # noqa: F401
from django.conf import settings

settings.configure(
    CACHES={"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": f"{show.URL}/1"}},
    SESSION_ENGINE="django.contrib.sessions.backends.cache",
    SECRET_KEY="secret",
    USE_TZ=True,
)
django.setup()

from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache

attempt("set", cache.set, "a", {"n": 1}, 60)
attempt("get", cache.get, "a")
attempt("add", lambda: (cache.add("a", 2), cache.add("b", 2)))
attempt("set many", cache.set_many, {"c": 3, "d": [4]}, 60)
attempt("get many", cache.get_many, ["a", "c", "d", "none"])
attempt("increment", lambda: (cache.incr("b"), cache.incr("b", 10), cache.decr("b")))
attempt("increment nothing", cache.incr, "none")
attempt("get or set", cache.get_or_set, "e", lambda: "made", 60)
attempt("time left", lambda: 50 < cache.ttl("a") <= 60)
attempt("touch", lambda: (cache.touch("a", 600), 500 < cache.ttl("a") <= 600))
attempt("persist", lambda: (cache.persist("a"), cache.ttl("a")))
attempt("keys", lambda: sorted(cache.keys("*")))
attempt("iterate", lambda: sorted(cache.iter_keys("*")))
attempt("versions", lambda: (cache.incr_version("d"), cache.get("d"), cache.get("d", version=2)))
attempt("delete", lambda: (cache.delete("a"), cache.delete_many(["b", "none"])))
attempt("delete a pattern", cache.delete_pattern, "c*")


def locked():
    with cache.lock("lock", timeout=30) as lock:
        other = cache.lock("lock", timeout=30, blocking_timeout=0.1, sleep=0.02)
        return lock.owned(), other.acquire()


attempt("lock", locked)
attempt("lock again", locked)
attempt("clear", lambda: (cache.clear(), cache.keys("*")))

session = SessionStore()
session["user"] = "ann"
attempt("create a session", session.save, must_create=True)
attempt("load", lambda: dict(SessionStore(session.session_key).items()))
attempt("exists", lambda: (session.exists(session.session_key), session.exists("none")))
attempt("rotate", lambda: (session.cycle_key(), session["user"])[1])
stale = SessionStore(session.session_key)
attempt("another loads", lambda: stale["user"])
attempt("flush", session.flush)
attempt("save what was flushed", stale.save)
