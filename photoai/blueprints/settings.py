"""Settings operators change while the server runs, and whether all of it would work."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext

from photoai.schemas.settings import (
    ClearedSchema,
    ReportSchema,
    SettingsChangeSchema,
    SettingsSchema,
)
from photoai.services.readiness import Check
from photoai.services.settings import Overview, SettingsChange

from .bodies import Blueprint
from .context import services
from .errors import body_of
from .guard import caller, operator_only

blp = Blueprint("settings", __name__, url_prefix="/api/settings", description="Settings.")
WORKS = "It works."


@blp.get("")
@operator_only
@blp.response(200, SettingsSchema)
def settings() -> Overview:
    """What is set; of keys their ends, of passwords nothing."""
    return services().settings.overview(caller())


@blp.put("")
@operator_only
@blp.arguments(SettingsChangeSchema)
@blp.response(200, SettingsSchema)
def change(wanted: SettingsChange) -> Overview:
    """Change any part of the settings: all of what is sent, or nothing."""
    services().settings.change(caller(), wanted)
    return services().settings.overview(caller())


@blp.post("/check")
@operator_only
@blp.response(200, ReportSchema)
def check() -> dict[str, Any]:
    """Look whether every part works and every provider takes its key; costs nothing."""
    checks = services().readiness.report(caller())
    return {
        "ok": all(each.ok or not each.needed for each in checks),
        "checks": [_view(each) for each in checks],
    }


@blp.post("/clear_media_cache")
@operator_only
@blp.response(200, ClearedSchema)
def clear_media_cache() -> dict[str, int]:
    """Delete the caller's finished photos, which are otherwise kept for days."""
    return {"deleted": services().upkeep.clear_results(caller())}


def _view(check: Check) -> dict[str, Any]:
    said = body_of(check.error) if check.error else {"code": None, "message": gettext(WORKS)}
    return {
        "id": check.id,
        "ok": check.ok,
        "needed": check.needed,
        "code": said["code"],
        "message": said["message"],
        "ms": check.ms,
    }
