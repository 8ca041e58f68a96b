"""The shop on FastAPI and Starlette: on sessd, or with STORE=usual on Starlette's own sessions in a signed cookie."""

import asyncio
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "python"))

import redis  # noqa: E402
import redis.asyncio  # noqa: E402
import uvicorn  # noqa: E402
from fastapi import FastAPI, Request, Response  # noqa: E402
from fastapi.responses import JSONResponse  # noqa: E402

from sessd_starlette import SessdMiddleware  # noqa: E402

USUAL = os.environ.get("STORE") == "usual"
app = FastAPI()
if USUAL:
    from starlette.middleware.sessions import SessionMiddleware

    app.add_middleware(SessionMiddleware, secret_key="of the shop", session_cookie="sid")
else:
    idle, absolute = (int(os.environ.get(name, 0)) for name in ("IDLE", "ABSOLUTE"))
    client = redis.asyncio.Redis(port=int(os.environ["REDIS_PORT"]))
    app.add_middleware(SessdMiddleware, client=client, idle=idle, absolute=absolute, grace=0)


async def pause(request):
    """What a handler waits for between reading its session and its end: a database, another service."""
    await asyncio.sleep(int(request.query_params.get("pause", 0)) / 1000)
    if name := request.query_params.get("gate"):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(os.environ["GATE_PORT"]))
        writer.write(name.encode() + b"\n")
        await reader.read(1)
        writer.close()


@app.get("/me")
async def me(request: Request):
    return dict(request.session)


@app.post("/set/{field}/{value}")
async def set_field(field: str, value: str, request: Request):
    await pause(request)
    request.session[f"my.{field}"] = value
    return Response(status_code=204)


@app.delete("/set/{field}")
async def unset_field(field: str, request: Request):
    await pause(request)
    request.session.pop(f"my.{field}", None)
    return Response(status_code=204)


@app.post("/cart/{item}")
async def add(item: str, request: Request):
    field = f"cart.{item}"
    if not USUAL:
        await pause(request)
        if "from" in request.query_params:
            request.session[field] = int(request.query_params["from"])
        return await request.session.incr(field)
    quantity = request.session.get(field, 0)
    await pause(request)
    request.session[field] = quantity + 1
    return request.session[field]


@app.post("/flash/{message}")
async def flash(message: str, request: Request):
    request.session["flash"] = message
    return Response(status_code=204)


@app.post("/take")
async def take(request: Request):
    return {"flash": await request.session.take("flash")}


@app.post("/login/{user}")
async def login(user: str, request: Request, grace: int = 0):
    await request.session.rotate(principal=user, grace=grace)
    request.session["user"] = user
    return Response(status_code=204)


@app.post("/logout")
async def logout(request: Request):
    if USUAL:
        request.session.clear()
    else:
        await request.session.destroy()
    if "then" in request.query_params:
        request.session["my.then"] = request.query_params["then"]
    return Response(status_code=204)


@app.post("/logout-everywhere")
async def logout_everywhere(request: Request):
    session = request.session
    keep = session.id if "else" in request.query_params else None
    return {"ended": await session.destroy_all(session["user"], keep)}


@app.exception_handler(redis.ConnectionError)
async def unavailable(_request, _error):
    return JSONResponse({"error": "sessions are not available"}, 503)


if __name__ == "__main__":
    uvicorn.run(app, port=int(os.environ["PORT"]), log_level="warning")
