"""How long a task will take, from how long the last ones of its type took here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from photoai.db import Database
from photoai.models import Job, JobState

ENCODED = "encoded_megapixels"
RECENT, LOOKED_AT = 20, 2000


def recent_facts(database: Database, kind: str) -> Sequence[dict[str, Any]]:
    """The results of the newest of a type, of all accounts."""
    newest = select(func.max(Job.id)).scalar_subquery()
    query = (
        select(Job.result)
        .where(Job.id > newest - LOOKED_AT, Job.kind == kind, Job.state == JobState.SUCCEEDED)
        .order_by(Job.id.desc())
        .limit(RECENT)
    )
    with database.look() as connection:
        found = [facts for facts in connection.scalars(query) if facts and ENCODED in facts]
    return [{**each, "settings": {"quality": each["quality"]}} for each in found]
