"""The application: configuration, database, services, addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from photoai import blueprints, config, db
from photoai.config import Config
from photoai.services import PROVIDERS, ProviderTable, Services, build

MOUNT = "/scotch"


def create_app(settings: Config | None = None, providers: ProviderTable = PROVIDERS) -> Flask:
    """An application that answers; its background work begins with `services.start()`.

    Raises:
        ConfigError: it could not work as configured.
    """
    settings = settings or config.read()
    app = Flask(__name__, static_folder=None)
    app.config.update(db.flask_settings(settings))
    database = db.open_database(app)
    services = build(settings, database, providers)
    blueprints.register(app, settings, services)
    app.wsgi_app = MountPrefix(app.wsgi_app)  # type: ignore[method-assign]
    if hops := settings.trusted_proxy_hops or (1 if settings.dyno else 0):
        app.wsgi_app = ProxyFix(app.wsgi_app, hops, hops, hops)  # type: ignore[method-assign]
    return app


def services_of(app: Flask) -> Services:
    services: Services = app.extensions[blueprints.EXTENSION]
    return services


class MountPrefix:
    """Everything also answers under /scotch, and links made there keep it."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == MOUNT or path.startswith(MOUNT + "/"):
            environ["SCRIPT_NAME"] = environ.get("SCRIPT_NAME", "") + MOUNT
            environ["PATH_INFO"] = path[len(MOUNT) :] or "/"
        return self._app(environ, start_response)
