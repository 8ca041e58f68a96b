"""What the programs share: where the server is, how an outcome is printed, and how a missing library is told."""

import os
import sys
import time

PORT = int(os.environ["REDIS_PORT"])
URL = f"redis://127.0.0.1:{PORT}"


def _missing(kind, error, trace):
    """Ends a program whose library is not installed by the code that says so."""
    if issubclass(kind, ImportError):
        print(error, file=sys.stderr)
        os._exit(77)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _missing


def show(label, value):
    print(f"{label}: {value!r}", flush=True)


def attempt(label, call, *args, **named):
    """Shows what a call answers, or its error."""
    try:
        show(label, call(*args, **named))
    except Exception as error:
        show(label + " fails", f"{type(error).__name__}: {error}")


def until(condition, patience=100):
    """Waits until a condition holds; gives whether it did."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return False
