"""A day of 10,000 mixed photos: its statistics equal what the booths count by themselves."""

from __future__ import annotations

import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from photoai.services.clock import utcnow
from tests.support.booth import Booth
from tests.support.day import Crowd, Kind, Outcome, Row, Sending, counted, mixed
from tests.support.server import Client, Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

UPLOADS, LATE_AT_ONCE = 10_000, 8
OWNERS = ("serg", "igor")
# What the provider is told in the morning, at noon and in the evening.
WISHES = {
    "slot-002": ("delay=0", "delay=0", "delay=0"),
    "slot-003": ("delay=0", "delay=0", "say=refuse"),
    "slot-004": ("say=refuse", "delay=0", "say=text"),
    "slot-005": ("say=text", "say=refuse", "delay=0"),
    "slot-006": ("say=503", "delay=0", "say=503"),
    "slot-007": ("delay=4",) * 3,  # the booth has given up by then; the photo is paid for
    "slot-008": ("delay=4 say=refuse",) * 3,
}
PARTS = range(3)
NOON = 1
LATE = ("slot-007", "slot-008")
LOCAL, UNCONFIGURED = "slot-001", "slot-010"
RESET = ("serg", "slot-003")
# Overloads are few: five in a row, and the provider would be left alone for a while.
WEIGHTS = {
    LOCAL: 4, "slot-002": 36, "slot-003": 24, "slot-004": 14, "slot-005": 14, "slot-006": 4,
    UNCONFIGURED: 4,
}  # fmt: skip
PROVIDERS = {LOCAL: "local", **dict.fromkeys(WISHES, "example")}
PRICES = {"local": 0.0, "example": 0.01}
ANSWERS = {
    "delay=0": (200, ""),
    "say=refuse": (502, "provider_refused"),
    "say=text": (502, "provider_bad_answer"),
    "say=503": (502, "provider_overloaded"),
    "delay=4": (504, "provider_timeout"),
    "delay=4 say=refuse": (504, "provider_timeout"),
}
OF_KINDS = {Kind.STRANGER: (401, "wrong_ingest_password"), Kind.DAMAGED: (422, "photo_damaged")}
Shown = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the day: nothing is on its way when it begins and when it ends."""

    begun: datetime
    ended: datetime
    outcomes: Sequence[Outcome]


@dataclass(frozen=True)
class Day:
    clients: dict[str, Client]
    parts: Sequence[Part]
    jobs: dict[str, dict[str, Shown]]
    reset_between: tuple[datetime, datetime]

    @property
    def range(self) -> dict[str, str]:
        return {"from": f"{self.parts[0].begun:%F}", "to": f"{self.parts[-1].ended:%F}"}

    def rows(self, owner: str, slot: str | None = None, part: Part | None = None) -> list[Row]:
        outcomes = [
            each
            for one in ([part] if part else self.parts)
            for each in one.outcomes
            if each.sending.owner == owner and each.sending.slot == (slot or each.sending.slot)
        ]
        return counted(outcomes, self.jobs[owner], PROVIDERS, PRICES)

    def lines(self, owner: str) -> dict[str, Shown]:
        page = self.clients[owner].get("/api/stats/slots").json()
        return {line["id"]: line for line in page["data"]}


@pytest.fixture(scope="module")
def day(make_server: Callable[..., Server]) -> Iterator[Day]:
    limits = {"max_parallel_jobs": 64, "max_tries": 1}
    # A line in the log for each photo would be a tenth of the time.
    with make_server(limits, SYNC_RESPONSE_TIMEOUT_SEC="5", LOG_LEVEL="ERROR") as server:
        clients = {owner: server.session(owner) for owner in OWNERS}
        crowd = Crowd(
            {name: Booth("127.0.0.1", server.port, server.ingest_password(name)) for name in OWNERS}
        )
        moments: list[datetime] = []

        def reset() -> None:
            moments.append(utcnow())
            owner, slot = RESET
            clients[owner].post(f"/api/slots/{slot}/reset_stats").raise_for_status()
            moments.append(utcnow())

        parts = []
        for number in PARTS:
            configure(clients, number)
            begun = utcnow()
            midway = reset if number == NOON else utcnow
            outcomes = list(crowd.send_all(mix_of(number), late_of(number), midway))
            parts.append(Part(begun, utcnow(), outcomes))
        wait_until(lambda: not any(map(running, clients.values())), 20, "the late ones have ended")
        jobs = {owner: jobs_of(client) for owner, client in clients.items()}
        yield Day(clients, parts, jobs, (moments[0], moments[1]))


def configure(clients: dict[str, Client], part: int) -> None:
    for client in clients.values():
        save(client, LOCAL, "local", "vivid")
        for slot, wishes in WISHES.items():
            save(client, slot, "example", wishes[part])


def save(client: Client, slot: str, provider: str, prompt: str) -> None:
    client.put(
        f"/api/slots/{slot}",
        json={
            "name": "a day",
            "provider_id": provider,
            "operation_id": "change_image",
            "settings_json": {"prompt": prompt},
        },
    ).raise_for_status()


def mix_of(part: int) -> list[Sending]:
    """The part's share of the uploads, less those that are late; the same at each run."""
    late = len(late_of(part))
    count = UPLOADS * (part + 1) // len(PARTS) - UPLOADS * part // len(PARTS) - late
    mix = mixed(random.Random(part), range(part * UPLOADS, part * UPLOADS + count), WEIGHTS, OWNERS)
    if part != NOON:
        return mix
    # Only of a photo that becomes a job is it known on which side of the reset it was received.
    return [
        replace(each, slot="slot-002")
        if each.kind == Kind.DAMAGED and (each.owner, each.slot) == RESET
        else each
        for each in mix
    ]


def late_of(part: int) -> list[Sending]:
    first = -(part + 1) * UPLOADS
    places = [(owner, slot) for owner in OWNERS for slot in LATE] * (LATE_AT_ONCE // 2)
    return [Sending(*place, first + number) for number, place in enumerate(places)]


def running(client: Client) -> int:
    states = ("queued", "running")
    return sum(client.get(f"/api/tasks?state={each}").json()["meta"]["total"] for each in states)


def jobs_of(client: Client) -> dict[str, Shown]:
    jobs: dict[str, Shown] = {}
    for page in range(1, UPLOADS):
        found = client.get(f"/api/tasks?page_size=100&page={page}").json()["data"]
        if not found:
            break
        jobs |= {job["id"]: job for job in found}
    return jobs


def agree(shown: Shown, rows: Sequence[Row]) -> None:
    """Figures are exact. A mean of times lies between the means of their bounds, a millisecond
    more for rounding each time and their mean."""
    failed = [row for row in rows if row.status != 200]
    expected = {
        "success": len(rows) - len(failed),
        "errors": len(failed),
        "timeouts": sum(row.status == 504 for row in rows),
        "cost": pytest.approx(sum(row.cost for row in rows), abs=1e-6),
    }
    assert {name: shown[name] for name in expected} == expected
    if rows:
        least = sum(row.least_ms for row in rows) / len(rows)
        most = sum(row.most_ms for row in rows) / len(rows)
        assert least - 1 <= shown["avg_response_ms"] <= most + 1


def agree_in_total(shown: Shown, rows: Sequence[Row]) -> None:
    agree(shown, rows)
    failed = sum(row.status != 200 for row in rows)
    assert shown["requests"] == len(rows)
    assert shown["error_percent"] == (round(100 * failed / len(rows), 2) if rows else 0.0)


def p95(times: Sequence[float]) -> float:
    return sorted(times)[math.ceil(0.95 * len(times)) - 1]


def hour_of(row: Row) -> str:
    return f"{row.received:%FT%H}:00:00Z"


def day_of(row: Row) -> str:
    return f"{row.received:%F}"


def test_every_upload_was_answered_as_planned(day: Day) -> None:
    found: dict[tuple[int, str], int] = defaultdict(int)
    for number, part in enumerate(day.parts):
        for outcome in part.outcomes:
            expected = answer_to(outcome.sending, number)
            assert (outcome.status, outcome.code) == expected, outcome
            found[expected] += 1
    assert sum(found.values()) == UPLOADS
    assert len(found) == 8
    assert min(found.values()) >= 2 * LATE_AT_ONCE, dict(found)


def answer_to(sending: Sending, part: int) -> tuple[int, str]:
    if sending.kind == Kind.STRANGER:
        return OF_KINDS[sending.kind]
    if sending.slot == UNCONFIGURED:
        return 409, "slot_not_configured"
    if sending.kind == Kind.DAMAGED:
        return OF_KINDS[sending.kind]
    return (200, "") if sending.slot == LOCAL else ANSWERS[WISHES[sending.slot][part]]


def test_repeats_joined_the_photo_that_was_there(day: Day) -> None:
    answers: dict[Sending, list[str | None]] = defaultdict(list)
    for part in day.parts:
        for outcome in part.outcomes:
            if outcome.status == 200:
                answers[outcome.sending].append(outcome.job_id)
    assert all(len(set(job_ids)) == 1 for job_ids in answers.values())
    assert sum(len(job_ids) > 1 for job_ids in answers.values()) > UPLOADS / 100
    for owner in OWNERS:
        known = {
            outcome.job_id
            for part in day.parts
            for outcome in part.outcomes
            if outcome.sending.owner == owner and outcome.job_id
        }
        assert known == set(day.jobs[owner])


@pytest.mark.parametrize("owner", OWNERS)
def test_the_page_counts_ever_and_since_the_reset(day: Day, owner: str) -> None:
    for slot, line in day.lines(owner).items():
        rows = since = day.rows(owner, slot)
        if (owner, slot) == RESET:
            moment = datetime.fromisoformat(line["last_reset_at"])
            assert day.reset_between[0] <= moment <= day.reset_between[1]
            since = [row for row in rows if row.received >= moment]
            assert 500 < len(since) < len(rows) - 500
        else:
            assert line["last_reset_at"] is None
        agree_in_total(line["ever"], rows)
        agree_in_total(line["since_reset"], since)
        paid = any(row.cost for row in rows)
        assert line["last_price"] == (PRICES["example"] if paid else 0.0 if slot == LOCAL else None)


@pytest.mark.parametrize("owner", OWNERS)
def test_the_95th_percentile_lies_between_those_of_the_times_bounds(day: Day, owner: str) -> None:
    """Times that are each at least as long have a percentile at least as long; the millisecond is
    for rounding."""
    for slot, line in day.lines(owner).items():
        shown, rows = line["since_reset"]["p95_response_ms"], day.rows(owner, slot)
        if line["last_reset_at"]:
            moment = datetime.fromisoformat(line["last_reset_at"])
            rows = [row for row in rows if row.received >= moment]
        if not rows:
            assert shown is None
            continue
        least, most = p95([row.least_ms for row in rows]), p95([row.most_ms for row in rows])
        assert least - 1 <= shown <= most + 1


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize(("group_by", "period_of"), [("hour", hour_of), ("day", day_of)])
def test_each_slots_hours_and_days(
    day: Day, owner: str, group_by: str, period_of: Callable[[Row], str]
) -> None:
    for slot in (*PROVIDERS, UNCONFIGURED):
        query = {**day.range, "group_by": group_by}
        body = day.clients[owner].get(f"/api/stats/{slot}", params=query).json()
        periods = by_period(day.rows(owner, slot), period_of)
        assert periods.keys() <= {shown["period_start"] for shown in body["metrics"]}
        for shown in body["metrics"]:
            agree(shown, periods.get(shown["period_start"], []))


@pytest.mark.parametrize("owner", OWNERS)
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"provider_id": "example"},
        {"provider_id": "local"},
        {"slot_id": "slot-004"},
        {"slot_id": "slot-007", "provider_id": "example"},
        {"slot_id": UNCONFIGURED},
    ],
)
def test_all_slots_together_by_day_with_filters_and_pages(
    day: Day, owner: str, wanted: dict[str, str]
) -> None:
    rows = [
        row
        for row in day.rows(owner, wanted.get("slot_id"))
        if wanted.get("provider_id", row.provider) == row.provider
    ]
    periods = by_period(rows, day_of)
    first = f"{day.parts[-1].ended - timedelta(days=24):%F}"
    query = {**wanted, **day.range, "from": first, "group_by": "day", "page_size": "10"}
    shown = [each for page in (1, 2, 3) for each in global_page(day, owner, query, page)]
    assert len(shown) == 25
    assert periods.keys() <= {each["period_start"] for each in shown}
    for each in shown:
        agree(each, periods.get(each["period_start"], []))
    busiest = global_page(day, owner, {**query, "sort_by": "success"}, 1)[0]
    assert busiest["success"] == max(
        sum(row.status == 200 for row in rows) for rows in periods.values()
    )


@pytest.mark.parametrize("owner", OWNERS)
def test_morning_noon_and_evening_are_told_apart_by_their_moments(day: Day, owner: str) -> None:
    for part in day.parts:
        query = {"from": part.begun.isoformat(), "to": part.ended.isoformat(), "group_by": "day"}
        shown = global_page(day, owner, query, 1)
        assert sum(each["success"] + each["errors"] for each in shown) == len(
            day.rows(owner, part=part)
        )
        for slot in PROVIDERS:
            metrics = day.clients[owner].get(f"/api/stats/{slot}", params=query).json()["metrics"]
            periods = by_period(day.rows(owner, slot, part), day_of)
            for each in metrics:
                agree(each, periods.get(each["period_start"], []))


def by_period(rows: Sequence[Row], period_of: Callable[[Row], str]) -> dict[str, list[Row]]:
    periods: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        periods[period_of(row)].append(row)
    return dict(periods)


def global_page(day: Day, owner: str, query: dict[str, str], page: int) -> list[Shown]:
    answer = day.clients[owner].get("/api/stats/global", params={**query, "page": str(page)})
    assert answer.status_code == 200, answer.text
    data: list[Shown] = answer.json()["data"]
    return data
