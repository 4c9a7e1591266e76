"""What somebody says who watches a video as text."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.checks import Length
from photoai.services.ascii import Look
from photoai.services.viewing import Form, Pace, Ready, ViewOrder

from .ascii import LookSchema
from .ascii_fields import Number, YesOrNo, described
from .shared import Choice

LATEST_SEC = 86_400
FINEST_RATE = 1001  # 30000/1001 and its kin
SLOWEST, FASTEST = 1, 60
LONGEST_KEY = 5000  # a token may be one


@dataclass(frozen=True)
class View:
    """What somebody wishes to see, and by which key; `events` asks for more than pictures."""

    order: ViewOrder
    file_id: str | None = None
    api_key: str | None = None
    events: bool = False


class ViewSchema(LookSchema):
    """One of one's own files, and how it is to be seen."""

    file_id = fields.UUID(load_default=None)
    fps = Number(SLOWEST, FASTEST, load_default=None, allow_none=True)
    start_sec = Number(0, LATEST_SEC, load_default=0.0)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Any:
        file_id, fps = data.pop("file_id"), data.pop("fps")
        rate = Fraction(fps).limit_denominator(FINEST_RATE) if fps else None
        start_sec = data.pop("start_sec")
        order = ViewOrder(super().parsed(data), rate, Pace.MAX, Form.TEXT, start_sec)
        return View(order, str(file_id) if file_id else None)


class StartSchema(ViewSchema):
    """The first message of a conversation, its file taken out."""

    pace = Choice(Pace, by_value=True, load_default=Pace.CLOCK)
    format = Choice(Form, by_value=True, load_default=Form.TEXT)
    api_key = fields.String(load_default=None, validate=Length(max=LONGEST_KEY))
    events = YesOrNo(load_default=False)

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> Any:
        pace, form = data.pop("pace"), data.pop("format")
        own = {"api_key": data.pop("api_key"), "events": data.pop("events")}
        seen: View = super().parsed(data)
        order = dataclasses.replace(seen.order, pace=pace, form=form)
        return dataclasses.replace(seen, order=order, **own)


class SeekSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    to_sec = Number(0, LATEST_SEC, required=True)


def look_after(before: Look, changes: Mapping[str, Any]) -> Look:
    """A look of which some settings are changed. Raises ValidationError, CharsetInvalid"""
    known = settings_view(before)
    if "random_colors" in changes:
        del known["color"]
    look: Look = LookSchema().load(known | dict(changes))
    return look


def settings_view(look: Look) -> dict[str, Any]:
    """A look as it is asked for."""
    said = look.as_json()
    said["transparent_bg"] = said.pop("transparent")
    return {name: value for name, value in said.items() if value is not None}


def ready_view(ready: Ready) -> dict[str, Any]:
    seen, look = ready.seen, ready.look
    return {
        "event": "ready",
        "columns": seen.columns,
        "rows": seen.rows,
        "charset": seen.charset,
        "fps": round(float(seen.fps), 3),
        "frames": seen.frames,
        "duration_sec": seen.duration_sec,
        "width_px": seen.width,
        "height_px": seen.height,
        "settings": settings_view(look),
    }


def form_fields() -> dict[str, Any]:
    """The parts of a form besides its file."""
    return described(ViewSchema().fields, {"file_id": {"format": "uuid"}})
