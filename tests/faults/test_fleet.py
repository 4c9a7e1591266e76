"""Web and worker processes die, freeze and are deployed under load: nothing accepted is lost."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from tests.support.fleet import Fleet
from tests.support.ledger import ENDED, Crowd, configure, jobs, settled
from tests.support.listener import Listener
from tests.support.server import Client
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow

MakeFleet = Callable[..., Fleet]
ROUNDS = 30


def running(fleet: Fleet) -> int:
    return sum(job["state"] == "running" for job in jobs(fleet.session()))


def steps(client: Client) -> int:
    """The photos that were accepted, and once more those of them that are finished."""
    found = jobs(client)
    return len(found) + sum(job["state"] in ENDED for job in found)


def test_a_killed_worker_s_photos_are_made_by_another_within_the_booth_s_time(
    make_fleet: MakeFleet,
) -> None:
    with make_fleet({"max_parallel_jobs": 6}, workers=2) as fleet:
        client = fleet.session()
        configure(client, "delay=2")
        crowd = Crowd().send(fleet.web, 12)
        wait_until(lambda: running(fleet) == 6, 20, "six photos are being made")
        killed_at = time.monotonic()
        fleet.workers[0].kill()
        crowd.join()
        assert [answer.status for answer in crowd.answers] == [200] * 12
        tally = settled("worker killed, another there", client, crowd, since=killed_at)
        assert (tally.accepted, tally.lost) == (12, 0)
        assert tally.recovery_sec < 30


def test_thirty_kills_under_load_lose_nothing(make_fleet: MakeFleet) -> None:
    """Of a worker and of a web process by turns; booths of the one that dies are cut off."""
    dice = random.Random(4)
    with make_fleet({"max_parallel_jobs": 8}, webs=2, workers=2) as fleet:
        client, (stays, dies) = fleet.session(), fleet.webs
        configure(client, "delay=0.3")
        crowd = Crowd()
        for round_ in range(ROUNDS):
            far = steps(client) + dice.randint(0, 10)  # the moment of death is what is drawn
            crowd.send(stays, 4, first=round_ * 6).send(dies, 2, first=round_ * 6 + 4)
            wait_until(lambda far=far: steps(client) >= far, 60, "the round is so far")
            if round_ % 2:
                fleet.workers.pop(dice.randrange(2)).kill()
                fleet.add_worker()
            else:
                dies.kill()
                dies.start()
        killed_at = time.monotonic()
        crowd.join()
        tally = settled(
            f"{ROUNDS} kills of workers and web", client, crowd, since=killed_at, within_sec=120
        )
        assert tally.accepted >= ROUNDS * 4
        assert tally.lost == 0


def test_a_killed_web_process_s_photos_are_finished_meanwhile(make_fleet: MakeFleet) -> None:
    with make_fleet({"max_parallel_jobs": 4}, webs=2) as fleet:
        client = fleet.session()
        configure(client, "delay=1")
        crowd = Crowd().send(fleet.webs[0], 8).send(fleet.webs[1], 8, first=8)
        wait_until(lambda: len(jobs(client)) == 16, 20, "all are accepted")
        killed_at = time.monotonic()
        fleet.webs[1].kill()
        crowd.join()
        assert crowd.broken == 8
        assert [answer.status for answer in crowd.answers] == [200] * 8
        tally = settled("web process killed, another there", client, crowd, since=killed_at)
        assert (tally.accepted, tally.lost, tally.twice) == (16, 0, 0)
        fleet.webs[1].start()
        assert fleet.webs[1].session().get("/readyz").status_code == 200


def test_a_frozen_worker_loses_its_photo_and_what_it_says_later_counts_for_nothing(
    make_fleet: MakeFleet,
) -> None:
    with make_fleet({"max_parallel_jobs": 1}) as fleet:
        client = fleet.session()
        configure(client, "delay=3")
        crowd = Crowd().send(fleet.web, 1)
        wait_until(lambda: running(fleet) == 1, 20, "the photo is being made")
        frozen_at = time.monotonic()
        fleet.workers[0].freeze()
        fleet.add_worker().wait_ready()
        crowd.join()
        assert crowd.answers[0].status == 200
        (job,) = jobs(client)
        assert job["attempt"] == 2
        fleet.workers[0].thaw()
        wait_until(lambda: '"end": "fenced"' in fleet.workers[0].log, 20, "the zombie is refused")
        assert jobs(client) == [job]
        tally = settled("worker frozen and thawed", client, crowd, since=frozen_at)
        assert (tally.accepted, tally.lost) == (1, 0)
        results = list((fleet.web.folder.parent / "media" / "results").iterdir())
        assert len(results) == 1, "what the zombie had made is deleted"
        configure(client, "delay=0")
        again = Crowd().send(fleet.web, 4).join()
        assert [answer.status for answer in again.answers] == [200] * 4


def test_a_deploy_of_everything_answers_who_waits_and_takes_over_the_rest(
    make_fleet: MakeFleet,
) -> None:
    with make_fleet({"max_parallel_jobs": 3}) as fleet:
        client = fleet.session()
        configure(client, "delay=1")
        listener = Listener(fleet.web, client).wait_until_it_began()
        crowd = Crowd().send(fleet.web, 9)
        wait_until(lambda: len(jobs(client)) == 9, 20, "all are accepted")
        told_at = time.monotonic()
        fleet.workers[0].terminate()
        fleet.web.terminate()
        fleet.add_worker()  # of the new version
        assert fleet.workers[0].process.wait(30) == 0
        crowd.join()
        assert [answer.status for answer in crowd.answers] == [200] * 9
        assert fleet.web.wait(20) == 0
        assert listener.kinds()[-1] == "bye"
        listener.close()
        fleet.web.restart()
        tally = settled("deploy: SIGTERM to all", client, crowd, since=told_at)
        assert (tally.accepted, tally.lost) == (9, 0)


def test_a_photo_that_kills_its_process_ends_as_poison_and_others_do_not_suffer(
    make_fleet: MakeFleet,
) -> None:
    with make_fleet({"max_parallel_jobs": 4}) as fleet:
        client = fleet.session()
        configure(client, "delay=0.5 die=1", slot="slot-002")
        configure(client, "delay=0.5")
        poison = Crowd().send(fleet.web, 1, slot="slot-002")
        began = time.monotonic()
        crowd = Crowd()
        sent = 0

        def ended() -> bool:
            nonlocal sent
            if fleet.workers[-1].process.poll() is not None:
                fleet.add_worker()  # as whoever keeps processes alive does
            if sent < 12:
                crowd.send(fleet.web, 1, first=sent)
                sent += 1
            return any(job["error"] for job in jobs(client))

        wait_until(ended, 90, "the poison is found out")
        poison.join()
        crowd.join()
        wait_until(lambda: all(job["state"] in {"succeeded", "failed"} for job in jobs(client)), 60)
        codes = [job["error"]["code"] for job in jobs(client) if job["error"]]  # type: ignore[index]
        assert codes == ["poison"]
        assert {answer.status for answer in crowd.answers} == {200}
        assert time.monotonic() - began < 120


def test_a_ladder_is_climbed_by_workers_also_when_one_of_them_dies(make_fleet: MakeFleet) -> None:
    vivid = {
        "provider_id": "local", "operation_id": "change_image", "from_sec": 4,
        "settings_json": {"prompt": "vivid"},
    }  # fmt: skip
    with make_fleet({"max_parallel_jobs": 3}, workers=2) as fleet:
        client = fleet.session()
        configure(client, "delay=90", ladder=[vivid])
        crowd = Crowd().send(fleet.web, 8)
        wait_until(lambda: running(fleet) == 3, 20, "three photos are being made")
        fleet.workers[0].kill()
        crowd.join()
        assert [answer.status for answer in crowd.answers] == [200] * 8
        assert {answer.headers["X-Photoai-Rung"] for answer in crowd.answers} == {"1:local"}
        found = jobs(client)
        assert {job["state"] for job in found} == {"succeeded"}
        assert {job["result"]["provider"] for job in found} == {"local"}
