"""Fallback drills: an operator's next photos find a provider failing, to see that the ladders hold
before an evening shows it. A drill ends after so many photos, after half an hour, or by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from sqlalchemy import Table, delete, select, update

from photoai.db import Database, put
from photoai.errors import Invalid, ProviderError, Sentence
from photoai.errors.budgets import ProviderDrilled
from photoai.models import Drill
from photoai.services.accounts import Caller
from photoai.services.catalogue import Catalogue
from photoai.services.clock import utcnow
from photoai.services.gates import Passage

TABLE = cast(Table, Drill.__table__)
MOST_PHOTOS = 50
LASTS = timedelta(minutes=30)


class Drills:
    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._db = database
        self._catalogue = catalogue

    def refusal(self, passage: Passage) -> ProviderError | None:
        """As a gate: ProviderDrilled for one photo more, over all processes."""
        on = (
            TABLE.c.user_id == passage.user_id,
            TABLE.c.provider_id == passage.provider,
            TABLE.c.photos_left > 0,
            TABLE.c.ends_at > utcnow(),
        )
        with self._db.look() as connection:
            if connection.execute(select(TABLE.c.photos_left).where(*on)).one_or_none() is None:
                return None
        with self._db.transaction(durable=False) as db:
            one_less = update(TABLE).where(*on).values(photos_left=TABLE.c.photos_left - 1)
            taken = db.execute(one_less).rowcount
        return ProviderDrilled() if taken else None

    def of(self, caller: Caller) -> Sequence[Drill]:
        """Those that are on."""
        query = select(Drill).where(
            Drill.user_id == caller.id, Drill.photos_left > 0, Drill.ends_at > utcnow()
        )
        with self._db.read() as session:
            return session.scalars(query.order_by(Drill.provider_id)).all()

    def begin(self, caller: Caller, provider_id: str, photos: int) -> None:
        """From now on, also where one is on. Raises Invalid: no such provider."""
        if provider_id not in self._catalogue.providers:
            raise Invalid(details={"provider_id": [Sentence("There is no such provider.")]})
        now = utcnow()
        facts = {
            "user_id": caller.id, "provider_id": provider_id, "photos": photos,
            "photos_left": photos, "began_at": now, "ends_at": now + LASTS,
        }  # fmt: skip
        with self._db.transaction() as db:
            put(db, TABLE, facts)

    def end(self, caller: Caller, provider_id: str) -> None:
        """Fine to say where none is on."""
        mine = (TABLE.c.user_id == caller.id, TABLE.c.provider_id == provider_id)
        with self._db.transaction() as db:
            db.execute(delete(TABLE).where(*mine))
