"""Flask-Limiter and limits: fixed and moving windows that trip."""

import show
from show import attempt

import limits
from flask import Flask
from flask_limiter import Limiter

for strategy in ("fixed-window", "fixed-window-elastic-expiry", "moving-window"):
    app = Flask(__name__)
    limiter = Limiter(lambda: "ann", app=app, storage_uri=show.URL, strategy=strategy, headers_enabled=True, key_prefix=strategy)

    @app.route("/")
    @limiter.limit("2 per hour")
    def front():
        return "served"

    for _ in range(4):
        answer = app.test_client().get("/")
        show.show(strategy, (answer.status_code, answer.headers.get("X-RateLimit-Remaining")))

storage = limits.storage.storage_from_string(show.URL)
limit = limits.parse("3/hour")
for kind in (limits.strategies.FixedWindowRateLimiter, limits.strategies.MovingWindowRateLimiter):
    one = kind(storage)
    attempt(kind.__name__, lambda: [one.hit(limit, "bea") for _ in range(4)])
    attempt("test", one.test, limit, "bea")
    attempt("stats", lambda: one.get_window_stats(limit, "bea")[1])
    attempt("clear", one.clear, limit, "bea")
    attempt("after it", one.test, limit, "bea")
attempt("check", storage.check)
attempt("reset", storage.reset)
