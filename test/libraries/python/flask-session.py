"""Flask with Flask-Session: sessions on the server."""

import show

import redis
from flask import Flask, session
from flask_session import Session

app = Flask(__name__)
app.config.update(SESSION_TYPE="redis", SESSION_REDIS=redis.Redis(port=show.PORT), SESSION_PERMANENT=True)
Session(app)


@app.route("/count")
def count():
    session["count"] = session.get("count", 0) + 1
    return str(session["count"])


@app.route("/logout")
def logout():
    session.clear()
    return "out"


browser = app.test_client()
for path in ("/count", "/count", "/logout", "/count"):
    answer = browser.get(path)
    show.show(path, (answer.status_code, answer.text))
