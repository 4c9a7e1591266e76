"""The rows of the outbox: put, claimed, tried, looked at, forgotten.

pending   -> delivered    a try was answered with 2xx
pending   -> failed       the last try was not
delivered, failed -> pending    sent again by its owner
"""

from __future__ import annotations

import random
import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, delete, false, insert, or_, select, update

from photoai.db import Database, Executor
from photoai.errors import WebhookUnknown
from photoai.models import DeliveryState, Job, WebhookDelivery, WebhookTry
from photoai.services.clock import utcnow
from photoai.services.pickup_links import PickupLinks

from .message import body, event_in, notice

FORGOTTEN_AFTER = timedelta(days=7)
# Each wait is longer by up to so much, that messages which failed together do not meet again.
JITTER = 0.2
MOST_NOTICES = 20  # of a user's that are shown


@dataclass(frozen=True)
class Delivery:
    """One message with all tries to deliver it, the oldest first."""

    row: WebhookDelivery
    tries: Sequence[WebhookTry]

    @property
    def event(self) -> str:
        return event_in(self.row.body)


@dataclass(frozen=True)
class Outcome:
    """What came of a try: the answer's status, or a word that says why there is none."""

    at: datetime
    duration_ms: int
    status: int | None = None
    error: str | None = None

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


class Deliveries:
    """`retries_sec` are the waits before each further try."""

    def __init__(self, database: Database, retries_sec: Sequence[float]) -> None:
        self._db = database
        self._retries_sec = tuple(retries_sec)

    def put(self, db: Executor, job: Job, base_url: str, pickups: PickupLinks) -> None:
        """What is to be told of a job's end, in the transaction that ends it; due at once."""
        now, public_id = self._db.now(db), str(uuid.uuid4())
        text = body(job, public_id, now, base_url, pickups)
        about = {"job_id": job.id, "user_id": job.user_id, "url": job.webhook_url}
        self._insert(db, now, {"public_id": public_id, "body": text, **about})

    def put_notice(
        self, db: Executor, user_id: int, url: str, event: str, facts: Mapping[str, Any]
    ) -> str:
        """What is to be told of no job; due at once. Returns the message's id."""
        now, public_id = self._db.now(db), str(uuid.uuid4())
        text = notice(event, public_id, now, facts)
        about = {"job_id": None, "user_id": user_id, "url": url}
        self._insert(db, now, {"public_id": public_id, "body": text, **about})
        return public_id

    def _insert(self, db: Executor, now: datetime, facts: Mapping[str, Any]) -> None:
        row = {
            **facts,
            "state": DeliveryState.PENDING,
            "tries": 0,
            "created_at": now,
            "next_try_at": now,
        }
        db.execute(insert(WebhookDelivery.__table__), row)  # type: ignore[arg-type]

    def next_due(
        self, *, not_of: Collection[int] = (), not_to: Collection[tuple[int, str]] = ()
    ) -> WebhookDelivery | None:
        """What is due for longest, but for those users, and for those users' addresses that begin
        so."""
        places = [
            and_(
                WebhookDelivery.user_id == user_id,
                WebhookDelivery.url.startswith(origin, autoescape=True),
            )
            for user_id, origin in not_to
        ]
        query = select(WebhookDelivery).where(
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.user_id.not_in(not_of),
            ~or_(false(), *places),
        )
        with self._db.read() as session:
            due = WebhookDelivery.next_try_at <= self._db.now(session)
            return session.scalar(query.where(due).order_by(WebhookDelivery.next_try_at).limit(1))

    def claim(self, due: WebhookDelivery, lease_sec: float) -> bool:
        """Make the next try ours, unless another process was faster. If we die, it is made after
        `lease_sec` by whoever lives then."""
        unclaimed = (
            WebhookDelivery.id == due.id,
            WebhookDelivery.state == DeliveryState.PENDING,
            WebhookDelivery.next_try_at == due.next_try_at,
        )
        with self._db.transaction(durable=False) as db:
            until = self._db.now(db) + timedelta(seconds=lease_sec)
            moved = db.execute(update(WebhookDelivery).where(*unclaimed).values(next_try_at=until))
        due.next_try_at = until
        return bool(moved.rowcount)

    def tried(self, claimed: WebhookDelivery, outcome: Outcome) -> None:
        """Write a try down, and what comes next unless its owner has decided that meanwhile."""
        with self._db.begin() as session:
            row = session.get(WebhookDelivery, claimed.id, with_for_update=True)
            if row is None:  # its job is gone
                return
            row.tries += 1
            session.add(WebhookTry(delivery_id=row.id, number=row.tries, **vars(outcome)))
            if row.state == DeliveryState.PENDING and row.next_try_at == claimed.next_try_at:
                self._settle(row, outcome, self._db.now(session))

    def of_job(self, job: Job) -> Sequence[Delivery]:
        """All there are of a job's ends, the oldest first."""
        query = select(WebhookDelivery).where(WebhookDelivery.job_id == job.id)
        return self._with_tries(query.order_by(WebhookDelivery.id))

    def of_user(self, user_id: int, public_id: str | None = None) -> Sequence[Delivery]:
        """The newest of a user's that are about no job, or the one of that id."""
        mine = [WebhookDelivery.user_id == user_id, WebhookDelivery.job_id.is_(None)]
        mine += [WebhookDelivery.public_id == public_id] if public_id else []
        query = select(WebhookDelivery).where(*mine).order_by(WebhookDelivery.id.desc())
        return self._with_tries(query.limit(MOST_NOTICES))

    def _with_tries(self, query: Select[Any]) -> Sequence[Delivery]:
        with self._db.read() as session:
            rows = session.scalars(query).all()
            tries = select(WebhookTry).where(WebhookTry.delivery_id.in_([row.id for row in rows]))
            made: defaultdict[int, list[WebhookTry]] = defaultdict(list)
            for each in session.scalars(tries.order_by(WebhookTry.number)):
                made[each.delivery_id].append(each)
        return [Delivery(row, made[row.id]) for row in rows]

    def send_again(self, job: Job, public_id: str) -> Delivery:
        """Make a delivery due, whatever has become of it.

        Raises:
            WebhookUnknown
        """
        with self._db.transaction() as db:
            db.execute(
                update(WebhookDelivery)
                .where(WebhookDelivery.job_id == job.id, WebhookDelivery.public_id == public_id)
                .values(state=DeliveryState.PENDING, next_try_at=self._db.now(db), ended_at=None)
            )
        for delivery in self.of_job(job):
            if delivery.row.public_id == public_id:
                return delivery
        raise WebhookUnknown

    def forget_old(self) -> None:
        """Drop what was settled and is older than a week."""
        with self._db.begin(durable=False) as session:
            session.execute(
                delete(WebhookDelivery).where(
                    WebhookDelivery.created_at < utcnow() - FORGOTTEN_AFTER,
                    WebhookDelivery.state != DeliveryState.PENDING,
                )
            )

    def _settle(self, row: WebhookDelivery, outcome: Outcome, now: datetime) -> None:
        if outcome.is_success:
            row.state, row.next_try_at, row.ended_at = DeliveryState.DELIVERED, None, now
        elif row.tries > len(self._retries_sec):
            row.state, row.next_try_at, row.ended_at = DeliveryState.FAILED, None, now
        else:
            wait_sec = self._retries_sec[row.tries - 1] * random.uniform(1, 1 + JITTER)  # noqa: S311
            row.next_try_at = now + timedelta(seconds=wait_sec)
