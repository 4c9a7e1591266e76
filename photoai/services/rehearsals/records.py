"""The rows of what was looked at. A look that has begun owns its row until it has ended, or until
its process has given no sign of life for two minutes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, or_, select, update

from photoai.db import Database
from photoai.errors import Sentence
from photoai.models import RehearsalRow, User
from photoai.services.clock import utcnow

from .verdicts import Light, Verdict

ROWS = cast(Table, RehearsalRow.__table__)
SILENT_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Row:
    """One row; `light` is None and `said` empty until a look at it has ended."""

    id: str
    is_running: bool
    light: Light | None
    said: Sequence[Sentence]
    ms: int | None
    ended_at: datetime | None
    job_id: str | None


class Records:
    def __init__(self, database: Database) -> None:
        self._db = database

    def rows(self, user_id: int) -> dict[str, Row]:
        """The account's rows by their ids."""
        query = select(ROWS).where(ROWS.c.user_id == user_id)
        alive_since = utcnow() - SILENT_AFTER
        with self._db.look() as connection:
            rows = connection.execute(query).all()
        return {
            row.id: Row(
                id=row.id,
                is_running=row.look is not None and row.alive_at > alive_since,
                light=Light(row.light) if row.light else None,
                said=[_sentence(**each) for each in row.said or ()],
                ms=row.ms,
                ended_at=row.ended_at,
                job_id=row.job_id,
            )
            for row in rows
        }

    def begin(self, user_id: int, ids: Collection[str], look: str) -> list[str]:
        """Which of these the look now owns; those another look is busy with are left to it."""
        now = utcnow()
        free = or_(ROWS.c.look.is_(None), ROWS.c.alive_at <= now - SILENT_AFTER)
        owned: list[str] = []
        with self._db.begin() as session:
            # Two that begin at once: one after the other.
            session.execute(select(User.id).where(User.id == user_id).with_for_update())
            there = set(session.scalars(select(ROWS.c.id).where(ROWS.c.user_id == user_id)))
            for id_ in ids:
                if id_ not in there:
                    session.add(RehearsalRow(user_id=user_id, id=id_, look=look, alive_at=now))
                    owned.append(id_)
                    continue
                mine = (ROWS.c.user_id == user_id, ROWS.c.id == id_, free)
                taken = update(ROWS).where(*mine).values(look=look, alive_at=now)
                if cast(int, session.execute(taken).rowcount):  # type: ignore[attr-defined]
                    owned.append(id_)
        return owned

    def alive(self, look: str) -> None:
        """The look goes on, with all that it has not ended yet."""
        with self._db.transaction(durable=False) as db:
            db.execute(update(ROWS).where(ROWS.c.look == look).values(alive_at=utcnow()))

    def end(self, user_id: int, id_: str, look: str, verdict: Verdict, ms: int) -> None:
        """Write down what came of it, unless another look has taken the row over."""
        mine = (ROWS.c.user_id == user_id, ROWS.c.id == id_, ROWS.c.look == look)
        with self._db.transaction() as db:
            db.execute(
                update(ROWS)
                .where(*mine)
                .values(
                    look=None,
                    alive_at=None,
                    ended_at=utcnow(),
                    light=verdict.light.value,
                    said=verdict.said_as_json(),
                    ms=ms,
                    job_id=verdict.job_id,
                )
            )


def _sentence(text: str, values: Mapping[str, Any]) -> Sentence:
    return Sentence(text, **values)
