"""Sessions for Flask, kept by sessd: a save carries the fields that changed, and no others.

    app.session_interface = Sessd(redis.Redis())

flask.session works as ever. Beside that it has take, incr, rotate and destroy. README.md has the rest.
"""

import redis
from flask.sessions import SessionInterface, SessionMixin
from werkzeug.exceptions import Unauthorized

import sessd_fields as wire


class SessionGone(wire.SessionGone, Unauthorized):
    """Answers 401 unless the application has an errorhandler for it."""

    description = "the session has ended"


class Session(wire.Fields, SessionMixin):
    """The session of one request. It is read when a handler first looks at it."""

    def __init__(self, sessd, session_id):
        self._sessd, self._cookie = sessd, session_id
        self._id, self._principal = session_id, None
        self._gone = self._destroyed = False

    def __getattr__(self, name):
        if name in ("_raw", "_values", "_was", "_removed"):
            self.load(self._fetch())
            return self.__dict__[name]
        raise AttributeError(name)

    @property
    def id(self):
        """A secret that is worth as much as a password. None while nothing was saved."""
        self._raw
        return self._id

    @property
    def new(self):
        return self.id is None

    @property
    def accessed(self):
        return "_raw" in self.__dict__

    @property
    def modified(self):
        return self.accessed and any(self.dirty())

    @modified.setter
    def modified(self, _):
        """Flask's applications set it after a change inside a value; here that is found without."""

    def save(self):
        """Saves what changed. It happens by itself at the end of the request; streams call it before their first byte."""
        if not self.accessed or self._gone:
            return
        changed, removed = self.dirty()
        if not changed and not removed:
            return
        if self._id is None:
            self._create(changed)
        else:
            self._sessd.send(self, *wire.save_words(self._id, changed, removed))
        self.saved(changed, removed)

    def take(self, name, default=None):
        """Removes a field at once and gives what it held: of requests at the same time one gets it."""
        if self.id is None or name not in self._raw:
            return self.pop(name, default)
        raw = self._sessd.send(self, "SESS.TAKE", self._id, "FIELDS", 1, name)[0]
        self.store(name, None)
        return default if raw is None else wire.decode(raw)

    def incr(self, name, delta=1):
        """Adds to an integer at once, however many do so at the same time, and gives the sum."""
        if self.id is None:
            self._create({})
        if self.is_dirty(name):
            self.save()
        total = self._sessd.send(self, "SESS.INCR", self._id, name, delta)
        self.store(name, str(total))
        return total

    def rotate(self, principal=None, grace=None):
        """Gives the session a new id, and its user. Belongs at every login, before anything about the user is written."""
        self._principal = principal
        if self.id is not None:
            grace = self._sessd.grace if grace is None else grace
            self._id = wire.text(self._sessd.send(self, *wire.rotate_words(self._id, grace, principal)))

    def destroy(self):
        """Ends the session: nothing is saved to it any more. What this request still writes begins another one."""
        if self._id is not None:
            self._sessd.send(self, "SESS.DESTROY", self._id)
        self.load({})
        self._id, self._principal, self._destroyed = None, None, True

    def _create(self, fields):
        words = wire.create_words(fields, self._sessd.idle, self._sessd.absolute, self._principal)
        self._id = wire.text(self._sessd.send(self, *words))

    def _fetch(self):
        reply = self._sessd.send(self, "SESS.GET", self._id) if self._id else None
        if reply is None:
            self._id = None
            return {}
        return wire.pairs(reply)


class Sessd(SessionInterface):
    """Keeps the sessions of an application.

    client is a redis.Redis. idle and absolute are timeouts in seconds; the server's where left out. grace is how many
    milliseconds an old id works after a rotation, so that what a browser has under way does not fail; keep it short.
    """

    def __init__(self, client, idle=None, absolute=None, grace=1000):
        self.client, self.idle, self.absolute, self.grace = client, idle, absolute, grace

    def open_session(self, app, request):
        cookie = request.cookies.get(self.get_cookie_name(app))
        return Session(self, cookie if wire.is_id(cookie) else None)

    def save_session(self, app, session, response):
        if session is None:
            return
        try:
            session.save()
        except SessionGone as error:
            # Flask handles no error that comes after the handler: the answer becomes that of the error here.
            _become(response, app.make_response(app.handle_user_exception(error)))
        self._tell_browser(app, session, response)

    def list(self, principal):
        """The ids of the live sessions of a user."""
        return [wire.text(one) for one in self.client.execute_command("SESS.LIST", principal)]

    def destroy_all(self, principal, keep=None):
        """Ends every session of a user, or all but one, and gives how many."""
        return self.client.execute_command("SESS.DESTROYALL", principal, *(["EXCEPT", keep] if keep else []))

    def send(self, session, *words):
        try:
            return self.client.execute_command(*words)
        except redis.ResponseError as error:
            if wire.gone(error):
                session._gone = True
                raise SessionGone() from error
            raise

    def _tell_browser(self, app, session, response):
        if not session.accessed:
            return
        response.vary.add("Cookie")
        attributes = {
            "domain": self.get_cookie_domain(app), "path": self.get_cookie_path(app), "secure": self.get_cookie_secure(app),
            "httponly": self.get_cookie_httponly(app), "samesite": self.get_cookie_samesite(app) or "Lax",
        }
        name = self.get_cookie_name(app)
        # Only the request that ended a session takes the cookie away: a late answer must not remove a newer id.
        if session._destroyed and session._id is None:
            response.delete_cookie(name, **attributes)
        elif not session._gone and session._id not in (None, session._cookie):
            response.set_cookie(name, session._id, expires=self.get_expiration_time(app, session), **attributes)


def _become(response, other):
    response.status = other.status
    response.headers.clear()
    response.headers.extend(other.headers)
    response.response = other.response
