"""The outbox: an end and what is told of it are one, and each is told however often it takes."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import select, update

from photoai.config import Config
from photoai.db import Database
from photoai.errors import JobExpired, ProviderRefused, WebhookRefused, WebhookUnknown
from photoai.models import Job, WebhookDelivery, WebhookTry
from photoai.services.clock import utcnow
from photoai.services.fetch import Fetcher
from photoai.services.jobs import Run
from photoai.services.secrets import Secrets
from photoai.services.webhooks import Deliveries, Delivery, Webhooks, deliveries
from tests.support.house import House
from tests.support.receiver import Receiver
from tests.support.server import free_port
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeHouse = Callable[..., House]
SECRETS = Secrets("a key")


class Post:
    """A house with somebody to tell; its webhooks wait hardly at all between two tries."""

    def __init__(self, make_house: MakeHouse, config: Config, receiver: Receiver) -> None:
        self.house = make_house(self._work)
        self.house.queue._in_charge()
        self.receiver = receiver
        self.config = dataclasses.replace(
            config,
            fetch_allowed_hosts=("127.0.0.1",),
            webhook_timeout_sec=1,
            webhook_retries_sec=(0.02, 0.03, 0.04, 0.05),
            public_base_url="https://photos.example/",
        )
        self.running: list[Webhooks] = []

    def _work(self, run: Run) -> None:
        if run.job.params.get("fails"):
            raise ProviderRefused
        run.pause(run.job.params.get("takes_sec", 0))

    def open(self, **settings: Any) -> Webhooks:
        """Another process that sends."""
        config = dataclasses.replace(self.config, **settings)
        fetcher = Fetcher(config.fetch_allowed_hosts)
        webhooks = Webhooks(self.house.database, fetcher, SECRETS, config)
        webhooks.start(on_duty=lambda: True)
        self.running.append(webhooks)
        return webhooks

    def close(self) -> None:
        for webhooks in self.running:
            webhooks.stop()
        wait_until(lambda: not any(map(_sends, self.running)), 20, "nobody sends any more")

    def job(self, path: str = "/200", **facts: Any) -> Job:
        """One that has ended, its end not told yet."""
        draft = self.house.draft(**{"webhook_url": self.receiver.url + path, **facts})
        job = self.house.jobs.submit(draft).job
        wait_until(lambda: self.house.ends(job) == 1, 10, "the job has ended")
        for webhooks in self.running:
            webhooks._sender.nudge()
        return self.house.job(job.public_id)

    def delivery(self, job: Job) -> Delivery:
        (delivery,) = self.house.webhooks.of_job(job)
        return delivery

    def settled(self, job: Job) -> Delivery:
        def look() -> Delivery | None:
            delivery = self.delivery(job)
            return None if delivery.row.state == "pending" else delivery

        return wait_until(look, 20, "it is delivered or given up")  # type: ignore[return-value]


def _sends(webhooks: Webhooks) -> bool:
    return webhooks._sender._of_user.total() > 0


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with Receiver() as running:
        yield running


@pytest.fixture
def post(make_house: MakeHouse, config: Config, receiver: Receiver) -> Iterator[Post]:
    made = Post(make_house, config, receiver)
    yield made
    receiver.closing.set()
    made.close()


def test_an_end_is_told_once_signed_and_at_once(post: Post) -> None:
    webhooks = post.open()
    facts = {"client_metadata": {"order": "№ 7"}, "params": {"test": True}}
    job = post.job("/200/hook?x=1", **facts)
    delivery = post.settled(job)
    (told,) = post.receiver.told
    assert told.path == "/200/hook?x=1"
    assert told.is_signed_with(webhooks.secret(post.house.owner))
    assert not told.is_signed_with(webhooks.secret(post.house.somebody()))
    assert told.headers["User-Agent"] == "photoai"
    assert told.headers["X-Photoai-Event"] == told.message["event"] == "job.succeeded"
    assert told.delivery == told.message["delivery_id"] == delivery.row.public_id
    assert told.message["metadata"] == {"order": "№ 7"}
    shown = told.message["job"]
    assert (shown["id"], shown["state"], shown["test"]) == (job.public_id, "succeeded", True)
    assert (shown["progress"], shown["result"], shown["error"]) == (1.0, job.result, None)
    assert delivery.row.state == "delivered"
    assert [(each.number, each.status, each.error) for each in delivery.tries] == [(1, 200, None)]


@pytest.mark.parametrize("end", ["job.failed", "job.cancelled", "expired"])
def test_every_way_to_end_is_told(post: Post, end: str) -> None:
    house = post.house
    if end == "job.failed":
        job = post.job(params={"fails": True})
    elif end == "job.cancelled":
        running = house.draft(webhook_url=f"{post.receiver.url}/200", params={"takes_sec": 20})
        job = house.jobs.submit(running).job
        house.jobs.cancel(house.owner, job.public_id)
    else:
        house.queue._elected.clear()
        job = house.jobs.submit(house.draft(webhook_url=f"{post.receiver.url}/200")).job
        with house.database.begin() as session:
            house.runner.fail_waiting(session, job, JobExpired())
    post.open()
    delivery = post.settled(job)
    (told,) = post.receiver.told
    code = {"job.failed": "provider_refused", "job.cancelled": "cancelled"}.get(end, "job_expired")
    assert told.message["job"]["error"]["code"] == code
    assert delivery.event == told.message["event"] == (f"job.{house.job(job.public_id).state}")


def test_who_asked_for_nothing_is_told_nothing(post: Post) -> None:
    job = post.house.jobs.submit(post.house.draft(webhook_url=None)).job
    wait_until(lambda: post.house.job(job.public_id).state == "succeeded")
    assert post.house.ends(job) == 0


def test_an_end_that_is_undone_is_not_told(post: Post) -> None:
    job = post.house.jobs.submit(post.house.draft(params={"takes_sec": 20})).job

    def end_and_break() -> None:
        with post.house.database.transaction() as db:
            post.house.tasks["work"].ended(db, job, None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        end_and_break()
    assert post.house.ends(job) == 0
    post.house.jobs.cancel(post.house.owner, job.public_id)


def test_a_receiver_that_stumbles_is_told_again_under_the_same_id(post: Post) -> None:
    post.receiver.then = ["500", "close", "302", "200"]
    post.open()
    delivery = post.settled(post.job("/then"))
    assert delivery.row.state == "delivered"
    assert [each.status for each in delivery.tries] == [500, None, 302, 200]
    assert delivery.tries[1].error == "connection"
    assert {told.delivery for told in post.receiver.told} == {delivery.row.public_id}
    assert len({told.body for told in post.receiver.told}) == 1
    assert not post.receiver.of("/200"), "no redirect is followed"


@pytest.mark.parametrize("path", ["/500", "/302", "/404", "/close", "gone"])
def test_after_five_tries_it_is_given_up(post: Post, path: str) -> None:
    gone = {"webhook_url": f"http://127.0.0.1:{free_port()}/"} if path == "gone" else {}
    post.open()
    delivery = post.settled(post.job(path, **gone))
    assert (delivery.row.state, len(delivery.tries)) == ("failed", 5)
    assert delivery.row.ended_at is not None
    if path == "gone":
        assert {each.error for each in delivery.tries} == {"unreachable"}


def test_each_wait_is_longer_than_the_one_before(post: Post) -> None:
    post.open(webhook_retries_sec=(0.1, 0.3))
    tries = post.settled(post.job("/500")).tries
    waits = [later.at - each.at for each, later in pairwise(tries)]
    assert len(tries) == 3
    assert waits[0] >= timedelta(seconds=0.1)
    assert waits[1] >= timedelta(seconds=0.3)


def test_a_receiver_that_hangs_or_never_ends_holds_up_nobody_else(post: Post) -> None:
    hung = [post.job("/hang") for _ in range(6)]
    huge = post.job("/huge")
    post.open(webhook_timeout_sec=3)
    wait_until(lambda: len(post.receiver.told) == 4, 10, "as many as there may be of one user")
    post.house.owner = post.house.somebody()
    assert post.settled(post.job("/200")).row.state == "delivered"
    assert not any(post.delivery(job).tries for job in hung), "nobody waited for them"
    assert post.receiver.most_at_once <= 5
    assert post.settled(huge).row.state == "delivered", "its status was heard"
    first = wait_until(lambda: [each for job in hung for each in post.delivery(job).tries], 10)
    assert (first[0].status, first[0].error) == (None, "deadline")
    assert 2900 < first[0].duration_ms < 6000


def test_an_address_that_leads_inside_by_now_is_not_told(post: Post) -> None:
    webhooks = post.open(fetch_allowed_hosts=())
    with pytest.raises(WebhookRefused):
        webhooks.checked(post.receiver.url)
    delivery = post.settled(post.job())
    assert {each.error for each in delivery.tries} <= {"address", "port"}
    assert post.receiver.told == []


def test_many_processes_send_each_message_once(post: Post) -> None:
    jobs = [post.job() for _ in range(30)]
    post.house.owner = post.house.somebody()
    jobs += [post.job() for _ in range(10)]
    for _ in range(4):
        post.open()
    states = [post.settled(job).row.state for job in jobs]
    assert states == ["delivered"] * len(jobs)
    assert len(post.receiver.told) == len({told.delivery for told in post.receiver.told}) == 40


def test_what_a_process_that_died_had_claimed_is_sent_later(post: Post) -> None:
    job = post.job()
    dead = Webhooks(post.house.database, Fetcher(), SECRETS, post.config)._sender._deliveries
    due = dead.next_due()
    assert due is not None
    assert dead.claim(due, lease_sec=0.5)
    assert not dead.claim(due.__class__(id=due.id, next_try_at=utcnow()), lease_sec=9)
    post.open()
    assert dead.next_due() is None
    delivery = post.settled(job)
    assert (delivery.row.state, len(delivery.tries)) == ("delivered", 1)


def test_claiming_one_try_succeeds_once(post: Post) -> None:
    post.job()
    deliveries = post.house.webhooks._deliveries
    due = [deliveries.next_due() for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        claims = list(pool.map(lambda each: deliveries.claim(each, 60), due))  # type: ignore[arg-type]
    assert claims.count(True) == 1


def test_what_was_given_up_or_delivered_can_be_sent_again(post: Post) -> None:
    post.receiver.then = ["500"] * 5 + ["200"]
    webhooks = post.open()
    job = post.job("/then")
    failed = post.settled(job)
    assert failed.row.state == "failed"
    again = webhooks.send_again(job, failed.row.public_id)
    assert again.row.public_id == failed.row.public_id
    assert [each.status for each in post.settled(job).tries] == [500] * 5 + [200]
    webhooks.send_again(job, failed.row.public_id)
    wait_until(lambda: len(post.receiver.told) == 7, 10, "it is sent once more")
    assert {told.delivery for told in post.receiver.told} == {failed.row.public_id}
    with pytest.raises(WebhookUnknown):
        webhooks.send_again(post.job("/200"), failed.row.public_id)


def test_sent_again_in_the_middle_of_a_try_both_are_written_down(post: Post) -> None:
    post.receiver.then = ["hang", "200"]
    webhooks = post.open()
    job = post.job("/then")
    wait_until(lambda: len(post.receiver.told) == 1, 10, "the first try is on its way")
    webhooks.send_again(job, post.delivery(job).row.public_id)
    wait_until(lambda: len(post.delivery(job).tries) == 2, 10, "both tries are over")
    delivery = post.settled(job)
    assert {each.status for each in delivery.tries} == {200, None}
    assert delivery.row.state == "delivered"


def test_a_job_that_ends_twice_is_told_twice(post: Post) -> None:
    job = post.job(params={"fails": True})
    post.house.jobs.retry(post.house.owner, job.public_id)
    post.house.queue._dispatch()
    wait_until(lambda: post.house.ends(job) == 2, 10, "it has failed again")
    post.open()
    wait_until(lambda: len(post.receiver.told) == 2)
    assert len({told.delivery for told in post.receiver.told}) == 2


def test_links_are_told_when_the_address_of_the_server_is_known(post: Post) -> None:
    with_links = post.open()
    post.house.tasks = with_links.telling({"work": post.house.tasks["work"]})
    job = post.job()
    with post.house.database.transaction() as db:
        with_links._put(db, job.id)
    wait_until(lambda: len(post.receiver.told) == 2)
    links = [told.message["job"].get("links") for told in post.receiver.told]
    own = f"https://photos.example/api/tasks/{job.public_id}"
    assert None in links
    shown = {"self": own, "events": f"{own}/events", "result": f"{own}/result", "cancel": own}
    assert shown in links


def test_a_claimed_try_is_nobody_else_s_whatever_the_clock_of_a_process_says(
    post: Post, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.job()
    here, elsewhere = Deliveries(database, ()), Deliveries(database, ())
    due = here.next_due()
    assert due is not None
    assert here.claim(due, lease_sec=15)
    monkeypatch.setattr(deliveries, "utcnow", lambda: utcnow() + timedelta(hours=1))
    assert elsewhere.next_due() is None


def test_what_is_over_for_a_week_is_forgotten(post: Post, database: Database) -> None:
    webhooks = post.open()
    old, new = post.job(), post.job()
    waiting = post.job("/500", webhook_url="http://nowhere.example/")
    for job in (old, new, waiting):
        post.settled(job)
    long_ago = utcnow() - timedelta(days=7, minutes=1)
    with database.transaction() as db:
        aged = update(WebhookDelivery).where(WebhookDelivery.job_id != new.id)
        db.execute(aged.values(created_at=long_ago))
        pending = update(WebhookDelivery).where(WebhookDelivery.job_id == waiting.id)
        db.execute(pending.values(state="pending", next_try_at=utcnow() + timedelta(days=1)))
    webhooks.forget_old()
    with database.read() as session:
        left = set(session.scalars(select(WebhookDelivery.job_id)))
        tries = session.scalars(select(WebhookTry.delivery_id)).all()
    assert left == {new.id, waiting.id}
    assert len(set(tries)) == 2
