"""The shop on FastAPI, on sessd and on Starlette's own sessions in a cookie."""

import asyncio
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, os.pardir, "shop"), os.path.join(HERE, os.pardir, "python")]

import redis.asyncio  # noqa: E402

import servers  # noqa: E402
from sessd_starlette import SessdMiddleware  # noqa: E402
from tests import ShopTests  # noqa: E402
from visitors import VisitorsTests  # noqa: E402


class Starlette(ShopTests, VisitorsTests, unittest.TestCase):
    command = (sys.executable, os.path.join(HERE, "shop.py"))
    usual = "sessions in a signed cookie"


class Websockets(unittest.TestCase):
    """The middleware by itself, on a socket whose cookie comes with the handshake."""

    def visit(self, port, app, cookie=None):
        """What the middleware sends for one socket, on which an application runs."""
        sent = []

        async def run():
            async with redis.asyncio.Redis(port=port) as client:
                headers = [(b"cookie", f"sid={cookie}".encode())] if cookie else []
                scope = {"type": "websocket", "headers": headers, "path": "/", "query_string": b""}

                async def send(message):
                    sent.append(message)

                await SessdMiddleware(lambda *asgi: app(client, *asgi), client=client)(scope, None, send)

        asyncio.run(run())
        return sent

    def test_websockets(self):
        async def greet(_client, scope, _receive, send):
            scope["session"]["seen"] = scope["session"].get("seen", 0) + 1
            await send({"type": "websocket.accept"})
            scope["session"]["later"] = True
            await scope["session"].save()

        async def lose(client, scope, _receive, send):
            await client.execute_command("SESS.DESTROY", scope["session"].id)
            scope["session"]["seen"] = 0
            await send({"type": "websocket.accept"})

        with servers.sessd() as port:
            accepted, = self.visit(port, greet)
            name, value = accepted["headers"][0]
            self.assertEqual(name, b"set-cookie")
            self.assertRegex(value.decode(), r"^sid=[\w-]{43}; HttpOnly; Path=/; SameSite=lax$")
            cookie = value.decode()[4:47]
            self.assertEqual(self.visit(port, greet, cookie), [{"type": "websocket.accept"}])
            closed = {"type": "websocket.close", "code": 1008, "reason": "the session has ended"}
            self.assertEqual(self.visit(port, lose, cookie), [closed])


if __name__ == "__main__":
    unittest.main()
