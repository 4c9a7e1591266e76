"""The web process. gunicorn's gevent worker has patched the standard library before this."""

import sys

from gevent import monkey, socket

if not monkey.is_module_patched("socket"):
    raise RuntimeError("Run this under gunicorn's gevent worker: gunicorn -c gunicorn.conf.py")

from photoai.app import create_app, services_of
from photoai.errors import ConfigError

# gunicorn's own code for an application it must not try to load again (Arbiter.APP_LOAD_ERROR).
APP_CANNOT_LOAD = 4


def _wait(connection) -> None:
    """Let other greenlets run while PostgreSQL thinks (psycopg2's own way for coroutines)."""
    from psycopg2 import OperationalError, extensions

    waits = {
        extensions.POLL_READ: socket.wait_read,
        extensions.POLL_WRITE: socket.wait_write,
    }
    while (state := connection.poll()) != extensions.POLL_OK:
        if state not in waits:
            raise OperationalError(f"Unexpected answer from poll: {state}")
        waits[state](connection.fileno())


def serve(app):
    """Bring the background to life around an application."""
    services = services_of(app)
    if services.database.dialect == "postgresql":
        from psycopg2.extensions import set_wait_callback

        set_wait_callback(_wait)
    services.prepare()
    services.start()
    return app


try:
    app = serve(create_app())
except ConfigError as error:
    sys.stderr.write(error.line() + "\n")
    sys.exit(APP_CANNOT_LOAD)
