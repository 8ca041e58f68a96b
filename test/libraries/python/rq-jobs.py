"""RQ: jobs that are done, that fail, that depend on another and that wait."""

import datetime
import logging
import operator

import show
from show import attempt

import redis
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.registry import FailedJobRegistry, FinishedJobRegistry, ScheduledJobRegistry

logging.disable()
connection = redis.Redis(port=show.PORT)
queue = Queue("mail", connection=connection)
jobs = {}


def enqueue(name, *args, **options):
    jobs[name] = queue.enqueue(*args, job_id=name, **options)
    return jobs[name].get_status(), queue.count


def results():
    return {name: (job.get_status(refresh=True), job.result) for name, job in sorted(jobs.items())}


attempt("enqueue", enqueue, "plain", operator.mul, 6, 7)
attempt("enqueue what fails", enqueue, "fails", operator.truediv, 1, 0)
attempt("enqueue what depends", enqueue, "after", operator.add, 1, 2, depends_on="plain")
attempt("enqueue for later", lambda: queue.enqueue_in(datetime.timedelta(hours=1), operator.neg, 1, job_id="later").get_status())
attempt("queued", lambda: queue.job_ids)
attempt("work", lambda: SimpleWorker([queue], connection=connection).work(burst=True))
attempt("results", results)
attempt("finished", lambda: sorted(FinishedJobRegistry(queue=queue).get_job_ids()))
attempt("failed", lambda: FailedJobRegistry(queue=queue).get_job_ids())
attempt("scheduled", lambda: ScheduledJobRegistry(queue=queue).get_job_ids())
attempt("fetch", lambda: Job.fetch("plain", connection=connection).result)
attempt("requeue", lambda: (FailedJobRegistry(queue=queue).requeue("fails").get_status(), queue.count))
attempt("empty", lambda: (queue.empty(), queue.count))
attempt("delete", lambda: (jobs["plain"].delete(), Job.exists("plain", connection=connection)))
