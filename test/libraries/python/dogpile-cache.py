"""dogpile.cache: values made once by the one that holds the lock."""

import threading

import show
from show import attempt

from dogpile.cache import make_region

region = make_region().configure(
    "dogpile.cache.redis",
    expiration_time=60,
    arguments={"port": show.PORT, "distributed_lock": True, "lock_timeout": 30, "redis_expiration_time": 120, "thread_local_lock": False},
)
made = []


@region.cache_on_arguments()
def square(n):
    made.append(n)
    return n * n


def together():
    threads = [threading.Thread(target=square, args=(7,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    return square(7), made


attempt("set", region.set, "a", {"n": 1})
attempt("get", region.get, "a")
attempt("several", lambda: (region.set_multi({"b": 2, "c": [3]}), region.get_multi(["a", "b", "c"])))
attempt("made once", together)
attempt("made again", lambda: (square.invalidate(7), square(7), made))
attempt("delete", lambda: (region.delete("a"), region.delete_multi(["b", "c"]), bool(region.get("a"))))
