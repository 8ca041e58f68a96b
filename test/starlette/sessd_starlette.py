"""Sessions for Starlette and FastAPI, kept by sessd: a save carries the fields that changed, and no others.

    app.add_middleware(SessdMiddleware, client=redis.asyncio.Redis())

request.session is a mapping as with Starlette's own middleware. Beside that it has save, take, incr, rotate and destroy,
all to be awaited. README.md has the rest.
"""

from http.cookies import SimpleCookie

import redis
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse

import sessd_fields as wire


class SessionGone(wire.SessionGone):
    """A handler that lets it pass is answered 401 by the middleware."""


class Session(wire.Fields):
    """The session of one request."""

    def __init__(self, options, session_id, raw):
        super().__init__(raw)
        self._options, self._id = options, session_id
        self._principal = None
        self._gone = self._destroyed = False

    @property
    def id(self):
        """A secret that is worth as much as a password. None while nothing was saved."""
        return self._id

    async def save(self):
        """Saves what changed. It happens by itself before the first byte of the answer."""
        if self._gone:
            return
        changed, removed = self.dirty()
        if not changed and not removed:
            return
        if self._id is None:
            await self._create(changed)
        else:
            await self._send(*wire.save_words(self._id, changed, removed))
        self.saved(changed, removed)

    async def take(self, name, default=None):
        """Removes a field at once and gives what it held: of requests at the same time one gets it."""
        if self._id is None or name not in self._raw:
            return self.pop(name, default)
        raw = (await self._send("SESS.TAKE", self._id, "FIELDS", 1, name))[0]
        self.store(name, None)
        return default if raw is None else wire.decode(raw)

    async def incr(self, name, delta=1):
        """Adds to an integer at once, however many do so at the same time, and gives the sum."""
        if self._id is None:
            await self._create({})
        if self.is_dirty(name):
            await self.save()
        total = await self._send("SESS.INCR", self._id, name, delta)
        self.store(name, str(total))
        return total

    async def rotate(self, principal=None, grace=None):
        """Gives the session a new id, and its user. Belongs at every login, before anything about the user is written."""
        self._principal = principal
        if self._id is not None:
            grace = self._options["grace"] if grace is None else grace
            self._id = wire.text(await self._send(*wire.rotate_words(self._id, grace, principal)))

    async def destroy(self):
        """Ends the session: nothing is saved to it any more. What this request still writes begins another one."""
        if self._id is not None:
            await self._send("SESS.DESTROY", self._id)
        self.load({})
        self._id, self._principal, self._destroyed = None, None, True

    async def destroy_all(self, principal, keep=None):
        """Ends every session of a user, or all but one, and gives how many."""
        return await self._send("SESS.DESTROYALL", principal, *(["EXCEPT", keep] if keep else []))

    async def _create(self, fields):
        words = wire.create_words(fields, self._options["idle"], self._options["absolute"], self._principal)
        self._id = wire.text(await self._send(*words))

    async def _send(self, *words):
        try:
            return await self._options["client"].execute_command(*words)
        except redis.ResponseError as error:
            if wire.gone(error):
                self._gone = True
                raise SessionGone("the session has ended") from error
            raise


class SessdMiddleware:
    """Keeps the sessions of an application.

    client is a redis.asyncio.Redis. idle and absolute are timeouts in seconds; the server's where left out. grace is how
    many milliseconds an old id works after a rotation, so that what a browser has under way does not fail; keep it short.
    gone is the ASGI application that answers in place of a save that failed since the session had ended.
    """

    def __init__(
        self, app, client, cookie="sid", idle=None, absolute=None, grace=1000, path="/", same_site="lax", https_only=False,
        domain=None, gone=JSONResponse({"error": "the session has ended"}, 401),
    ):
        self.app, self.cookie, self.gone = app, cookie, gone
        self.options = {"client": client, "idle": idle, "absolute": absolute, "grace": grace}
        self.attributes = {"path": path, "samesite": same_site, "secure": https_only, "domain": domain or "", "httponly": True}

    async def __call__(self, scope, receive, send):
        if scope["type"] not in ("http", "websocket"):
            return await self.app(scope, receive, send)
        cookie = HTTPConnection(scope).cookies.get(self.cookie)
        session = scope["session"] = await self._load(cookie)
        began = lost = False

        async def save_first(message):
            nonlocal began, lost
            if lost:
                return  # the rest of an answer that another one stands for
            if message["type"] in ("http.response.start", "websocket.accept") and not began:
                try:
                    await session.save()
                except SessionGone:
                    lost = True
                    return
                began = True
                self._tell_browser(session, cookie, message)
            await send(message)

        try:
            await self.app(scope, receive, save_first)
        except SessionGone:
            if began:
                raise
            lost = True
        if lost and scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": "the session has ended"})
        elif lost:
            await self.gone(scope, receive, send)

    async def _load(self, cookie):
        reply = None
        if wire.is_id(cookie):
            reply = await self.options["client"].execute_command("SESS.GET", cookie)
        return Session(self.options, None if reply is None else cookie, wire.pairs(reply or []))

    # Only the request that ended a session takes the cookie away: a late answer must not remove a newer id.
    def _tell_browser(self, session, cookie, message):
        if session._destroyed and session.id is None:
            value = {"value": "", "max-age": 0}
        elif not session._gone and session.id not in (None, cookie):
            value = {"value": session.id}
        else:
            return
        line = SimpleCookie({self.cookie: value.pop("value")})
        for name, attribute in {**self.attributes, **value}.items():
            if attribute or attribute == 0 and name == "max-age":
                line[self.cookie][name] = attribute
        message.setdefault("headers", [])
        MutableHeaders(scope=message).append("Set-Cookie", line[self.cookie].OutputString())
