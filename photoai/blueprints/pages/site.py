"""Which pages there are, and who is shown the way to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request, url_for
from flask_babel import lazy_gettext

from photoai.services.accounts import Caller


@dataclass(frozen=True)
class Place:
    """A page with its name and the icon that stands for it."""

    endpoint: str
    title: Any  # in the visitor's language
    icon: str
    for_operators: bool = False


PLACES = (
    Place("slot_pages.slots", lazy_gettext("Slots"), "slots", for_operators=True),
    Place("live_pages.live", lazy_gettext("Live"), "live"),
    Place("gallery_pages.gallery", lazy_gettext("Gallery"), "gallery", for_operators=True),
    Place("merge_pages.merge", lazy_gettext("Merge"), "film"),
    Place("studio_pages.studio", lazy_gettext("Studio"), "studio"),
    Place("ascii_pages.ascii", lazy_gettext("ASCII"), "ascii"),
    Place("reel_pages.reels", lazy_gettext("Reels"), "reel"),
    Place("key_pages.keys", lazy_gettext("Keys"), "key"),
)
TOOLS = (
    Place("ready_pages.ready", lazy_gettext("Readiness"), "check", for_operators=True),
    Place("stats_pages.stats", lazy_gettext("Statistics"), "chart", for_operators=True),
    Place("settings_pages.settings", lazy_gettext("Settings"), "gear", for_operators=True),
)
DOCS = "docs_pages.swagger"


def links(places: tuple[Place, ...], visitor: Caller | None) -> list[dict[str, Any]]:
    """The ways to those places the visitor may go to; none for strangers."""
    if visitor is None:
        return []
    return [
        {
            "address": url_for(place.endpoint),
            "title": place.title,
            "icon": place.icon,
            "here": request.endpoint == place.endpoint,
        }
        for place in places
        if visitor.is_operator or not place.for_operators
    ]
