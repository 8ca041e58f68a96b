"""What sessions on sessd have in common in Python: fields, the words of commands, and errors. Needs the standard library alone."""

import json
import re
from collections.abc import MutableMapping

_ID = re.compile(r"[\w-]{43}", re.ASCII)


class SessionGone(Exception):
    """The session ended while the request was under way. Nothing was saved, and nothing brought it back."""


def is_id(text):
    """Reports whether a cookie can be an id that the server has made. Nothing else is worth asking for."""
    return bool(text) and _ID.fullmatch(text) is not None


def gone(error):
    """Reports whether an error of the client says that the session has ended."""
    return str(error).startswith("NOSESSION")


class Fields(MutableMapping):
    """The fields of a session. Values are whatever JSON can hold.

    A field is dirty when its value differs from what was loaded, so that a change deep in a list or a dict counts, and
    a value that was set to what it was does not. A field that nobody touched is not decoded.
    """

    def __init__(self, raw=None):
        self.load(raw or {})

    def load(self, raw):
        """Shows what the server answered, and forgets changes. raw has bytes by name."""
        self._raw, self._values, self._was, self._removed = dict(raw), {}, {}, set()

    def __getitem__(self, name):
        if name not in self._values:
            self._values[name] = self._decode(name)
        return self._values[name]

    def __setitem__(self, name, value):
        if not isinstance(name, str):
            raise TypeError("the name of a field is a string")
        self._removed.discard(name)
        if name in self._raw and name not in self._was:
            self._decode(name)
        self._values[name] = value

    def __delitem__(self, name):
        if name not in self:
            raise KeyError(name)
        self._values.pop(name, None)
        if name in self._raw:
            self._removed.add(name)

    def clear(self):
        self._values.clear()
        self._removed.update(self._raw)

    def __contains__(self, name):
        return name in self._values or (name in self._raw and name not in self._removed)

    def __iter__(self):
        yield from [name for name in self._raw if name not in self._removed]
        yield from [name for name in self._values if name not in self._raw]

    def __len__(self):
        return sum(1 for _ in self)

    def __repr__(self):
        return f"<{type(self).__name__} {', '.join(self)}>"  # values are secrets, and stay out of logs

    def dirty(self):
        """The fields to set, as JSON by name, and the names to unset."""
        changed = {}
        for name, value in self._values.items():
            encoded = _encode(value)
            if self._was.get(name) != encoded:
                changed[name] = encoded
        return changed, sorted(self._removed)

    def is_dirty(self, name):
        """Reports whether a field is to be saved still."""
        if name in self._removed:
            return True
        return name in self._values and self._was.get(name) != _encode(self._values[name])

    def saved(self, changed, removed):
        """Notes that the server has what dirty answered."""
        for name in removed:
            self._raw.pop(name, None)
            self._was.pop(name, None)
            self._removed.discard(name)
        self._raw.update(changed)
        self._was.update(changed)

    def store(self, name, encoded):
        """Notes a value that the server has by a command of its own; None for none."""
        for known in (self._raw, self._values, self._was):
            known.pop(name, None)
        self._removed.discard(name)
        if encoded is not None:
            self._raw[name] = encoded

    def _decode(self, name):
        if name in self._removed:
            raise KeyError(name)
        value = json.loads(self._raw[name])
        # Another language may have spaced the JSON otherwise: what counts is whether the value changes here.
        self._was[name] = _encode(value)
        return value


def _encode(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def decode(raw):
    """The value of one field as TAKE answers it; None for none."""
    return None if raw is None else json.loads(raw)


def pairs(reply):
    """The fields in a reply of SESS.GET: a map in RESP3, a flat list in RESP2."""
    items = reply.items() if isinstance(reply, dict) else zip(reply[::2], reply[1::2])
    return {_text(name): value for name, value in items}


def _text(value):
    return value.decode() if isinstance(value, bytes) else value


def create_words(fields, idle=None, absolute=None, principal=None, new_id="*"):
    """SESS.CREATE with timeouts in seconds; the server's own where they are left out."""
    words = ["SESS.CREATE", new_id]
    if idle:
        words += ["PX", int(idle * 1000)]
    if absolute:
        words += ["MAXAGE", int(absolute)]
    if principal is not None:
        words += ["PRINCIPAL", principal]
    return words + _fields_words(fields)


def save_words(session_id, changed, removed, idle=None):
    words = ["SESS.SAVE", session_id]
    if idle:
        words += ["PX", int(idle * 1000)]
    if removed:
        words += ["UNSET", len(removed), *removed]
    return words + _fields_words(changed)


def _fields_words(fields):
    return ["FIELDS", len(fields), *[word for pair in fields.items() for word in pair]] if fields else []


def rotate_words(session_id, grace=0, principal=None):
    """SESS.ROTATE to an id of the server's; the old one works for grace milliseconds more."""
    words = ["SESS.ROTATE", session_id, "*"]
    if grace:
        words += ["GRACE", int(grace)]
    return words + (["PRINCIPAL", principal] if principal is not None else [])


def text(reply):
    """An id as a string, whether the client decodes replies or not."""
    return _text(reply)
