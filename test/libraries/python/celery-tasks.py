"""Celery: tasks that are done, that fail, in groups and chords, with results in the server too."""

import logging
import os
import sys

import show
from show import attempt

from celery import Celery, chord, group
from celery.contrib.testing.worker import start_worker

logging.disable()
app = Celery("tasks", broker=f"{show.URL}/0", backend=f"{show.URL}/1")
app.conf.update(broker_connection_max_retries=1, worker_hijack_root_logger=False, broker_transport_options={"max_retries": 1}, redis_max_connections=20)
PATIENCE = 15


@app.task
def double(n):
    return n * 2


@app.task
def total(numbers):
    return sum(numbers)


@app.task
def fail():
    raise ValueError("no such mailbox")


@app.task(bind=True, max_retries=2, default_retry_delay=0)
def third_time(self):
    if self.request.retries < 2:
        raise self.retry(countdown=0)
    return self.request.retries


def work():
    with start_worker(app, perform_ping_check=False, pool="threads", concurrency=2):
        attempt("plain", lambda: double.delay(21).get(timeout=PATIENCE))
        attempt("later", lambda: double.apply_async((2,), countdown=0.2).get(timeout=PATIENCE))
        attempt("fails", lambda: fail.delay().get(timeout=PATIENCE))
        attempt("tried again", lambda: third_time.delay().get(timeout=PATIENCE))
        attempt("chain", lambda: (double.s(1) | double.s() | double.s())().get(timeout=PATIENCE))
        attempt("group", lambda: group(double.s(n) for n in range(4))().get(timeout=PATIENCE))
        attempt("chord", lambda: chord([double.s(n) for n in range(4)])(total.s()).get(timeout=PATIENCE))
        attempt("forget", lambda: double.delay(1).forget())
        attempt("state of none", lambda: app.AsyncResult("none").state)


attempt("worker", work)
sys.stdout.flush()
os._exit(0)  # threads of the worker may still wait for the broker
