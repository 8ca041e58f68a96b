"""The shop on Flask: on sessd, or with STORE=usual on Flask-Session in Redis."""

import os
import socket
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "python"))

import redis  # noqa: E402
from flask import Flask, jsonify, request, session  # noqa: E402

from sessd_flask import Sessd, SessionGone  # noqa: E402

USUAL = os.environ.get("STORE") == "usual"
client = redis.Redis(port=int(os.environ["REDIS_PORT"]))
app = Flask(__name__)
app.config["SESSION_COOKIE_NAME"] = "sid"
if USUAL:
    from flask_session import Session as FlaskSession

    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=client)
    FlaskSession(app)
else:
    idle, absolute = (int(os.environ.get(name, 0)) for name in ("IDLE", "ABSOLUTE"))
    app.session_interface = Sessd(client, idle=idle, absolute=absolute, grace=0)


def pause():
    """What a handler waits for between reading its session and its end: a database, another service."""
    session.get("user")
    time.sleep(int(request.args.get("pause", 0)) / 1000)
    if name := request.args.get("gate"):
        with socket.create_connection(("127.0.0.1", int(os.environ["GATE_PORT"]))) as gate:
            gate.sendall(name.encode() + b"\n")
            gate.recv(1)


@app.get("/me")
def me():
    return jsonify({name: session[name] for name in session if not name.startswith("_")})


@app.post("/set/<field>/<value>")
def set_field(field, value):
    pause()
    session[f"my.{field}"] = value
    return "", 204


@app.delete("/set/<field>")
def unset_field(field):
    pause()
    session.pop(f"my.{field}", None)
    return "", 204


@app.post("/cart/<item>")
def add(item):
    field = f"cart.{item}"
    if not USUAL:
        pause()
        if "from" in request.args:
            session[field] = int(request.args["from"])
        return jsonify(session.incr(field))
    quantity = session.get(field, 0)
    pause()
    session[field] = quantity + 1
    return jsonify(session[field])


@app.post("/flash/<message>")
def flash(message):
    session["flash"] = message
    return "", 204


@app.post("/take")
def take():
    return jsonify(flash=session.take("flash"))


@app.post("/login/<user>")
def login(user):
    session.rotate(principal=user, grace=int(request.args.get("grace", 0)))
    session["user"] = user
    return "", 204


@app.post("/logout")
def logout():
    session.clear() if USUAL else session.destroy()
    if "then" in request.args:
        session["my.then"] = request.args["then"]
    return "", 204


@app.post("/logout-everywhere")
def logout_everywhere():
    keep = session.id if "else" in request.args else None
    return jsonify(ended=app.session_interface.destroy_all(session["user"], keep))


@app.errorhandler(SessionGone)
def session_gone(error):
    return jsonify(error=error.description), 401


@app.errorhandler(redis.ConnectionError)
def unavailable(_):
    return jsonify(error="sessions are not available"), 503


if __name__ == "__main__":
    app.run(port=int(os.environ["PORT"]), threaded=True)
