"""What a client of live events brings."""

from __future__ import annotations

import re
from typing import Any

from marshmallow import EXCLUDE, Schema, fields, post_load

from photoai.errors import LastEventIdInvalid

HIGHEST = 2**63 - 1
DIGITS = re.compile(r"[0-9]{1,19}")


class LastEventSchema(Schema):
    class Meta:
        unknown = EXCLUDE

    last_event_id = fields.String(data_key="Last-Event-ID", load_default="")

    @post_load
    def parsed(self, data: dict[str, Any], **_: Any) -> int | None:
        """Raises LastEventIdInvalid; none, or nothing in it, is None."""
        given = data["last_event_id"]
        if not given:
            return None
        if not DIGITS.fullmatch(given) or int(given) > HIGHEST:
            raise LastEventIdInvalid
        return int(given)
