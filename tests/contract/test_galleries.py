"""Which photos are in a gallery, and in which order, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from sqlalchemy.event import listen

from photoai.db import Database
from photoai.errors import JobUnknown
from photoai.errors.galleries import GalleryLinkUnknown, GalleryPhotoUnknown
from photoai.models import JobState, Role
from photoai.services.accounts import Caller
from photoai.services.clock import utcnow
from photoai.services.galleries import GalleryWish, Links, LinkWish, Photos
from photoai.services.jobs import JobDraft, Jobs, states
from photoai.services.secrets import Secrets
from tests.support.people import add_user

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
NOBODY = cast(Jobs, SimpleNamespace())


@pytest.fixture
def people(database: Database) -> dict[str, Caller]:
    with database.begin() as session:
        users = [add_user(session, name, Role.OPERATOR) for name in ("owner", "neighbour")]
        return {user.username: Caller(user.id, user.username, Role.OPERATOR) for user in users}


def add(
    database: Database, caller: Caller, name: str, at: datetime = NOON, rung: str = "0:gemini",
    slot_id: str | None = "slot-001", params: dict[str, Any] | None = None,
    key: str | None = "results/x.1.jpg", kind: str = "photo",
) -> str:  # fmt: skip
    facts = {"mime": "image/jpeg", "size_bytes": 3, "rung": rung}
    draft = JobDraft(name, caller.id, kind, at, params or {}, provider="gemini", slot_id=slot_id)
    with database.begin() as session:
        return states.insert_done(session, draft, key=key, facts=facts).public_id


def shown(database: Database, caller: Caller, **wish: Any) -> list[str]:
    page = Photos(database, NOBODY).page(caller, GalleryWish(**wish), most=100)
    return [job.public_id for job in page.photos]


def test_pages_follow_each_other_without_a_gap_or_a_photo_twice(
    database: Database, people: dict[str, Caller]
) -> None:
    owner, photos = people["owner"], Photos(database, NOBODY)
    # Three moments of four photos each: what was finished in the same instant is kept apart too.
    names = [
        add(database, owner, f"{hour}-{n}", NOON + timedelta(hours=hour))
        for hour in range(3) for n in range(4)
    ]  # fmt: skip
    add(database, people["neighbour"], "theirs")
    found: list[str] = []
    before: str | None = None
    while True:
        page = photos.page(owner, GalleryWish(), most=5, before=before)
        found += [job.public_id for job in page.photos]
        add(database, owner, f"newer-{len(found)}", NOON + timedelta(days=1))
        if (before := page.next_id) is None:
            break
    assert found == names[::-1]
    for foreign in ("theirs", "nobodys"):
        with pytest.raises(JobUnknown):
            photos.page(owner, GalleryWish(), most=5, before=foreign)


def test_only_finished_photos_of_slots_are_there(
    database: Database, people: dict[str, Caller]
) -> None:
    owner = people["owner"]
    add(database, owner, "photo")
    add(database, owner, "deleted", key=None)
    add(database, owner, "merge", kind="merge", slot_id=None)
    with database.begin() as session:
        draft = JobDraft("waits", owner.id, "photo", NOON, {}, slot_id="slot-001")
        assert states.insert(session, draft).state == JobState.QUEUED
    assert shown(database, owner) == ["photo"]


def test_each_filter_leaves_what_fits(database: Database, people: dict[str, Caller]) -> None:
    owner = people["owner"]
    add(database, owner, "first", NOON)
    add(database, owner, "local", NOON + timedelta(hours=1), rung="1:local")
    add(database, owner, "tenth", NOON + timedelta(hours=2), rung="10:local", slot_id="slot-002")
    add(database, owner, "trial", NOON + timedelta(hours=3), params={"test": True})
    add(database, owner, "real", NOON + timedelta(hours=4), params={"test": False})
    assert shown(database, owner, slot_id="slot-002") == ["tenth"]
    assert shown(database, owner, provider_id="local") == ["tenth", "local"]
    assert shown(database, owner, provider_id="%") == []
    assert shown(database, owner, rung="1") == ["local"]
    assert shown(database, owner, rung="0:gemini") == ["real", "trial", "first"]
    assert shown(database, owner, with_tests=False) == ["real", "tenth", "local", "first"]
    an_hour = {"first": NOON + timedelta(hours=1), "last": NOON + timedelta(hours=2)}
    assert shown(database, owner, **an_hour) == ["local"]
    assert shown(database, owner, ids=["first", "trial", "nobodys"]) == ["trial", "first"]


def test_a_public_gallery_shows_what_was_made_for_guests_since_then(
    database: Database, people: dict[str, Caller]
) -> None:
    owner, links = people["owner"], Links(database, Secrets("a key"))
    add(database, owner, "earlier", NOON - timedelta(seconds=1))
    here = [add(database, owner, f"here-{n}", NOON + timedelta(minutes=n)) for n in range(3)]
    add(database, owner, "there", NOON, slot_id="slot-002")
    add(database, owner, "trial", NOON, params={"test": True})
    add(database, people["neighbour"], "theirs", NOON)
    opened = links.open(owner, LinkWish(15, ("slot-001",), NOON))
    row = links.behind(opened.token)
    page = links.page(row, most=2)
    rest = links.page(row, most=2, before=page.next_name)
    named = [*page.photos, *rest.photos]
    assert [each.job.public_id for each in named] == here[::-1]
    assert (page.total, rest.next_name, opened.photos) == (3, None, 3)
    assert links.photo(row, named[0].name).public_id == "here-2"
    other = links.open(owner, LinkWish(15, ("slot-002",), NOON))
    with pytest.raises(GalleryPhotoUnknown):
        links.photo(links.behind(other.token), named[0].name)
    links.close(owner, opened.row.id)
    assert [each.row.id for each in links.listed(owner)] == [other.row.id]
    for caller, link_id in ((people["neighbour"], other.row.id), (owner, opened.row.id)):
        with pytest.raises(GalleryLinkUnknown):
            links.close(caller, link_id)


# PostgreSQL plans by what its tables hold.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_page_is_found_along_an_index_and_not_sorted(
    database: Database, people: dict[str, Caller]
) -> None:
    asked: list[Sequence[Any]] = []
    listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2:4]))
    shown(database, people["owner"], first=utcnow() - timedelta(days=1))
    with database.read() as session:
        query, values = asked[0]
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", values)
        steps = [row[3] for row in plan]
    assert any("ix_job_gallery" in step for step in steps), steps
    assert not any("SORT" in step.upper() or "TEMP" in step.upper() for step in steps), steps
