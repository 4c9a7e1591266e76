"""How gunicorn runs the web process."""

import gc
import logging
import resource
import sys

import gevent
from gevent.server import StreamServer

from photoai.config import read
from photoai.logs import logging_settings

settings = read()
log = logging.getLogger("photoai")

wsgi_app = settings.wsgi_app
bind = f"{settings.host}:{settings.port}"
worker_class = "photoai.worker.Worker"  # gevent
workers = 1  # one process runs the embedded queue; WEB_CONCURRENCY does not change it
worker_connections = settings.web_connections
preload_app = False  # a worker patches the standard library before it reads the application
timeout = 60
# Photos that wait are answered until then; the rest is what their answers need to leave.
graceful_timeout = int(settings.photo_grace_sec) + 3
# gunicorn's keepalive is also how long a client may take over its headers; behind a router the
# router must be the one that closes an idle connection.
keepalive = 95 if settings.dyno or settings.trusted_proxy_hops else 10
control_socket_disable = True
accesslog = None
logconfig_dict = logging_settings(settings)

# Connections taken in one go: few, so that a crowd of photos does not hold up who is connected.
StreamServer.max_accept = 4

STOP_POLL_SEC = 0.1
# How soon the event loop gets the interpreter back from a thread that works on a photo. It asks
# for it after every read and write, so at Python's 5 ms a request would wait for it ten times.
SWITCH_SEC = 0.0005
FILES_BESIDE_CONNECTIONS = 500


def on_starting(server):
    if server.cfg.workers > 1 and settings.queue_backend == "memory":
        raise SystemExit(
            "photoai: the memory queue runs in one web process; start gunicorn with 1 worker."
        )
    # Ctrl-C lets guests have their photos, like a deploy; a second one ends at once.
    server.handle_int = server.handle_term
    _allow_open_files(server.cfg.worker_connections + FILES_BESIDE_CONNECTIONS)


def post_worker_init(worker):
    # What was made at the start stays: the collector need not look at it for every photo.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    sys.setswitchinterval(SWITCH_SEC)
    gevent.spawn(_tell_stop, worker)
    log.info(
        "ready",
        extra={
            "fields": {
                "url": settings.public_base_url or f"http://{bind}",
                "credentials": str(settings.path("credentials_file")),
            }
        },
    )


def worker_exit(server, worker):
    services = _services(worker)
    if services is not None:
        services.shut_down()


def _tell_stop(worker):
    """gunicorn only clears `alive` when it is told to stop; waits and streams want to know."""
    while worker.alive:
        gevent.sleep(STOP_POLL_SEC)
    if services := _services(worker):
        services.stop.request()
    worker.let_go_of_idle()


def _services(worker):
    app = getattr(worker, "wsgi", None)
    return getattr(app, "extensions", {}).get("photoai")


def _allow_open_files(wanted):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    ceiling = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < ceiling:
        resource.setrlimit(resource.RLIMIT_NOFILE, (ceiling, hard))
