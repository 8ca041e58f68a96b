"""Django Channels: messages and groups between processes, by lists and by pub/sub."""

import asyncio
import logging
import time

import redis

import show

from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

logging.disable()


async def attempt(label, awaitable):
    try:
        show.show(label, await asyncio.wait_for(awaitable, 60))
    except Exception as error:
        show.show(label + " fails", f"{type(error).__name__}: {error}")


def until(channels):
    """Returns when so many channels are listened to: the layer over pub/sub does not wait for that."""
    client = redis.Redis(port=show.PORT)
    end = time.monotonic() + 60
    while len(client.pubsub_channels()) < channels and time.monotonic() < end:
        time.sleep(0.01)


async def exchange(name, layer, channels=0, groups=0):
    channel = await layer.new_channel()
    other = await layer.new_channel()
    until(channels)
    await attempt(f"{name} send", layer.send(channel, {"type": "hello", "n": 1}))
    await attempt(f"{name} receive", layer.receive(channel))
    for one in (channel, other):
        await attempt(f"{name} join", layer.group_add("room", one))
    until(channels + groups)
    await attempt(f"{name} send to the group", layer.group_send("room", {"type": "news", "text": "hi"}))
    for one in (channel, other):
        await attempt(f"{name} receive", layer.receive(one))
    await attempt(f"{name} leave", layer.group_discard("room", other))
    await attempt(f"{name} send to the group", layer.group_send("room", {"type": "news", "text": "again"}))
    await attempt(f"{name} receive", layer.receive(channel))
    waiting = asyncio.ensure_future(layer.receive(channel))
    await asyncio.sleep(0.2)
    await attempt(f"{name} send to one that waits", layer.send(channel, {"type": "late"}))
    await attempt(f"{name} received", waiting)
    await attempt(f"{name} flush", layer.flush())


async def main():
    hosts = [show.URL]
    await exchange("core", RedisChannelLayer(hosts=hosts))
    await exchange("pub/sub", RedisPubSubChannelLayer(hosts=hosts), channels=2, groups=1)
    full = RedisChannelLayer(hosts=hosts, capacity=2, prefix="small")
    for i in range(3):
        await attempt(f"send {i}", full.send("queue", {"type": "x", "n": i}))


asyncio.run(main())
