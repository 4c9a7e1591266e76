"""What a view reaches: the services behind the application, and absolute links."""

from __future__ import annotations

from typing import cast

from flask import current_app, request

from photoai.config import Config
from photoai.services import Services

EXTENSION, CONFIG = "photoai", "photoai_config"


def services() -> Services:
    return cast(Services, current_app.extensions[EXTENSION])


def config() -> Config:
    return cast(Config, current_app.extensions[CONFIG])


def base_url() -> str:
    """What absolute links begin with: they keep the mount prefix the request came by."""
    base = config().public_base_url or request.host_url
    return base.rstrip("/") + request.script_root


def absolute(path: str) -> str:
    return base_url() + path
