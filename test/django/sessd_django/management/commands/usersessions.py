"""manage.py usersessions USER: where a user is logged in, and an end to it."""

from datetime import datetime, timezone

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from sessd_django.sessions import SessionStore, client

import sessd_fields as wire


class Command(BaseCommand):
    help = "Lists the live sessions of a user by handles, which are no secrets, and ends them."

    def add_arguments(self, parser):
        parser.add_argument("user", help="the user's name")
        which = parser.add_mutually_exclusive_group()
        which.add_argument("--end", nargs="+", metavar="HANDLE", help="end these sessions")
        which.add_argument("--end-all", action="store_true", help="end all of them")

    def handle(self, *, user, end, end_all, **_):
        model = get_user_model()
        try:
            found = model._default_manager.get_by_natural_key(user)
        except model.DoesNotExist:
            raise CommandError(f"there is no user {user}") from None
        if end_all:
            self.stdout.write(f"ended {SessionStore.destroy_all(found)}")
        elif end:
            ended = client().execute_command("SESS.DESTROY", "HANDLE", str(found.pk), *end)
            self.stdout.write(f"ended {ended}")
            if ended < len(end):
                raise CommandError(f"{len(end) - ended} of the handles name no session of {user}")
        else:
            self._list(found)

    def _list(self, user):
        self.stdout.write(f"{'handle':14}{'created':22}last used")
        for flat in client().execute_command("SESS.LIST", str(user.pk), "WITHMETA", "HANDLES"):
            row = wire.pairs(flat)
            self.stdout.write(f"{wire.text(row['handle']):14}{_time(row['created-at']):22}{_time(row['accessed-at'])}")


def _time(ms):
    return datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%SZ")
