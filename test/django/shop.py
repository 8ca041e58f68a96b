"""The shop on Django: on sessd, or with STORE=usual on django-redis. With words it runs a command of manage.py."""

import os
import socket
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "python")]

import django  # noqa: E402
from django.conf import settings  # noqa: E402

USUAL = os.environ.get("STORE") == "usual"
URL = f"redis://127.0.0.1:{os.environ['REDIS_PORT']}"
settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3", "NAME": os.path.join(os.environ["SCRATCH"], "users"), "OPTIONS": {"timeout": 30},
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "sessd_django"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.contrib.auth.middleware.AuthenticationMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="of the shop",
    USE_TZ=True,
    SESSION_COOKIE_NAME="sid",
    SESSION_ENGINE="django.contrib.sessions.backends.cache" if USUAL else "sessd_django.sessions",
    CACHES={"default": {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": URL}},  # for the usual store alone
    SESSD_URL=URL,
    SESSD_IDLE_TIMEOUT=int(os.environ.get("IDLE", 0)),
    SESSD_ABSOLUTE_TIMEOUT=int(os.environ.get("ABSOLUTE", 0)),
    SESSD_GRACE=0,
)
django.setup()

from django.contrib import auth  # noqa: E402
from django.contrib.auth.models import User, update_last_login  # noqa: E402
from django.http import HttpResponse, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402

auth.signals.user_logged_in.disconnect(update_last_login, dispatch_uid="update_last_login")


def pause(request):
    """What a handler waits for between reading its session and its end: a database, another service."""
    request.session.get("user")
    time.sleep(int(request.GET.get("pause", 0)) / 1000)
    if name := request.GET.get("gate"):
        with socket.create_connection(("127.0.0.1", int(os.environ["GATE_PORT"]))) as gate:
            gate.sendall(name.encode() + b"\n")
            gate.recv(1)


def done():
    return HttpResponse(status=204)


def me(request):
    return JsonResponse({name: value for name, value in request.session.items() if not name.startswith("_")})


def field(request, field, value=None):
    pause(request)
    if request.method == "DELETE":
        request.session.pop(f"my.{field}", None)
    else:
        request.session[f"my.{field}"] = value
    return done()


def add(request, item):
    name = f"cart.{item}"
    if not USUAL:
        pause(request)
        if "from" in request.GET:
            request.session[name] = int(request.GET["from"])
        return JsonResponse(request.session.incr(name), safe=False)
    quantity = request.session.get(name, 0)
    pause(request)
    request.session[name] = quantity + 1
    return JsonResponse(request.session[name], safe=False)


def flash(request, message):
    request.session["flash"] = message
    return done()


def take(request):
    return JsonResponse({"flash": request.session.take("flash")})


def login(request, name):
    user, _ = User.objects.get_or_create(username=name)
    settings.SESSD_GRACE = int(request.GET.get("grace", 0))  # a shop of one's own has one grace
    auth.login(request, user, "django.contrib.auth.backends.ModelBackend")
    request.session["user"] = name
    return done()


def logout(request):
    auth.logout(request)
    if "then" in request.GET:
        request.session["my.then"] = request.GET["then"]
    return done()


def logout_everywhere(request):
    keep = request.session.session_key if "else" in request.GET else None
    return JsonResponse({"ended": request.session.destroy_all(request.user, keep)})


urlpatterns = [
    path("me", me),
    path("set/<field>/<value>", field),
    path("set/<field>", field),
    path("cart/<item>", add),
    path("flash/<message>", flash),
    path("take", take),
    path("login/<name>", login),
    path("logout", logout),
    path("logout-everywhere", logout_everywhere),
]


def serve():
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIServer, make_server

    from django.core.wsgi import get_wsgi_application

    class Server(ThreadingMixIn, WSGIServer):
        daemon_threads = True
        request_queue_size = 128

    make_server("127.0.0.1", int(os.environ["PORT"]), get_wsgi_application(), Server).serve_forever()


if __name__ == "__main__":
    from django.core.management import call_command, execute_from_command_line

    if len(sys.argv) > 1:
        execute_from_command_line(sys.argv)
    else:
        call_command("migrate", verbosity=0)
        serve()
