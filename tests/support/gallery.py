"""Finished photos of slots, with their bytes."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from photoai.models import User
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states

from . import photos


def user_id(services: Services, name: str = "serg") -> int:
    with services.database.read() as session:
        return session.query(User).filter_by(username=name).one().id


def add_photo(
    services: Services,
    name: str,
    *,
    owner: str = "serg",
    slot_id: str = "slot-001",
    ago: timedelta = timedelta(),
    finished: datetime | None = None,
    rung: str = "0:local",
    data: bytes | None = None,
    original: bytes | None = None,
    is_test: bool = False,
    **facts: Any,
) -> str:
    """A finished photo; its id is `name`. With an `original`, its guest's photo is there too."""
    data = photos.jpeg(64, 48) if data is None else data
    key, moment = f"results/{name}.1.jpg", finished or utcnow() - ago
    input_key = f"originals/{name}" if original else None
    for each, content in ((key, data), (input_key, original)):
        if each and content:
            with services.store.write(each) as file:
                file.write(content)
    result = {"mime": "image/jpeg", "size_bytes": len(data), "width": 64, "height": 48,
              "rung": rung, "model": "vivid", "cost": 0.0, **facts}  # fmt: skip
    with services.database.begin() as session:
        draft = JobDraft(
            name, user_id(services, owner), "photo", moment, {"test": is_test}, provider="local",
            slot_id=slot_id, input_key=input_key,
        )  # fmt: skip
        return states.insert_done(session, draft, key=key, facts=result).public_id
