"""SESSION_ENGINE = "sessd_django.sessions": a save carries the fields that changed, and no others."""

import functools

import redis
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError

import sessd_fields as wire


@functools.lru_cache(maxsize=None)
def client():
    """The process's client: settings.SESSD_URL, or the server of this machine."""
    return redis.Redis.from_url(getattr(settings, "SESSD_URL", "redis://127.0.0.1:6379"))


class SessionStore(SessionBase):
    """One session. Its principal is the primary key of the user who logs in, as django.contrib.auth stores it."""

    def __init__(self, session_key=None):
        self._rotation = None  # the grace in ms of a rotation that is still to be done
        super().__init__(session_key)

    def _validate_session_key(self, key):
        return wire.is_id(key)

    # auth.login asks for a new key before it says who logs in. So a rotation waits for the save, where one command
    # does both, or for whoever looks at the key.
    @property
    def session_key(self):
        self._rotate()
        return self._session_key

    @property
    def modified(self):
        return self._forced or self._rotation is not None or ("_session_cache" in self.__dict__ and any(self._fields.dirty()))

    @modified.setter
    def modified(self, value):
        # A change inside a value is found without. What was loaded and not changed needs no save.
        self._forced = False

    @property
    def _fields(self):
        if "_session_cache" not in self.__dict__:
            self.accessed = True
            self._session_cache = self.load()
        return self._session_cache

    _session = _fields

    def _get_session(self, no_load=False):
        return self._fields

    def load(self):
        reply = self._send("SESS.GET", self._session_key) if self._session_key else None
        if reply is None:
            self._session_key = None
            return wire.Fields()
        return wire.Fields(wire.pairs(reply))

    def is_empty(self):
        return not self._session_key and not self.__dict__.get("_session_cache")

    def clear(self):
        self._fields.clear()

    def exists(self, session_key):
        return bool(self._send("EXISTS", session_key))

    def create(self):
        """Makes an empty session at once. Django's applications call it to have a key early."""
        self._session_cache = wire.Fields()
        self._create({})

    def save(self, must_create=False):
        """Saves the fields that changed. UpdateError where the session has ended: nothing brings it back."""
        fields = self._fields
        changed, removed = fields.dirty()
        if self._session_key is None or must_create:
            self._create(changed)
        else:
            if SESSION_KEY in changed:
                self.cycle_key()  # a principal comes with a new id only
            self._rotate(principal=fields.get(SESSION_KEY))
            if changed or removed:
                idle = self.get_expiry_age() if "_session_expiry" in (*changed, *removed) else None
                self._send(*wire.save_words(self._session_key, changed, removed, idle))
        fields.saved(changed, removed)

    def delete(self, session_key=None):
        key = self._session_key if session_key is None else session_key
        if key:
            self._send("SESS.DESTROY", key)

    def cycle_key(self):
        """Gives the session a new key; the data stays, and never has two keys but for settings.SESSD_GRACE ms."""
        self._fields
        if self._session_key is not None:
            self._rotation = getattr(settings, "SESSD_GRACE", 1000)

    def flush(self):
        """Ends the session, and begins an empty one that has no key yet."""
        self.delete()
        self._session_key, self._rotation = None, None
        self._session_cache = wire.Fields()
        self.accessed = True

    def take(self, name, default=None):
        """Removes a field at once and gives what it held: of requests at the same time one gets it."""
        if self._session_key is None or name not in self._fields:
            return self.pop(name, default)
        raw = self._send("SESS.TAKE", self._session_key, "FIELDS", 1, name)[0]
        self._fields.store(name, None)
        return default if raw is None else wire.decode(raw)

    def incr(self, name, delta=1):
        """Adds to an integer at once, however many do so at the same time, and gives the sum."""
        self._fields
        if self._session_key is None:
            self._create({})
        if self._fields.is_dirty(name):
            self.save()
        total = self._send("SESS.INCR", self._session_key, name, delta)
        self._fields.store(name, str(total))
        return total

    @classmethod
    def destroy_all(cls, user, keep=None):
        """Ends every session of a user, or all but the one with a key, and gives how many."""
        return client().execute_command("SESS.DESTROYALL", str(user.pk), *(["EXCEPT", keep] if keep else []))

    @classmethod
    def clear_expired(cls):
        """The server ends sessions in time; clearsessions finds nothing to do."""

    def _create(self, fields):
        idle = getattr(settings, "SESSD_IDLE_TIMEOUT", None) or self.get_expiry_age()
        words = wire.create_words(fields, idle, getattr(settings, "SESSD_ABSOLUTE_TIMEOUT", None), self._fields.get(SESSION_KEY))
        try:
            self._session_key = wire.text(client().execute_command(*words))
        except redis.ResponseError as error:
            raise CreateError(str(error)) from error
        self._forced = True  # the browser must hear of it

    def _rotate(self, principal=None):
        if self._rotation is None:
            return
        grace, self._rotation = self._rotation, None
        self._session_key = wire.text(self._send(*wire.rotate_words(self._session_key, grace, principal)))
        self._forced = True

    def _send(self, *words):
        try:
            return client().execute_command(*words)
        except redis.ResponseError as error:
            if wire.gone(error):
                raise UpdateError("the session has ended") from error
            raise
