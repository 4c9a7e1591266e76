"""Dashboards and alarms ask for what running servers and the exporters really tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from photoai.services import Services
from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.cliphost import ClipHost
from tests.support.clips import Clips
from tests.support.deployed import Question, questions
from tests.support.fleet import Fleet
from tests.support.ledger import configure
from tests.support.listener import Listener
from tests.support.merging import Merger
from tests.support.promql import Known, Labels, in_template, listed, names_in, told_by
from tests.support.server import Server, free_port
from tests.support.waiting import wait_until

EXPORTERS = listed((Path(__file__).parent / "exporters.txt").read_text())
OURS, FOREIGN = ("photoai_", "process_"), ("node_", "pg_", "namedprocess_")
SUFFIXES = {"counter": ("_total",), "info": ("_info",), "histogram": ("_bucket", "_count", "_sum")}
WORKER_PORT = free_port()
BOOTHS_GIVE_UP_SEC = 5
ALL = list(questions())


def page(url: str) -> str:
    answer = requests.get(f"{url}/metrics", timeout=10)
    assert answer.status_code == 200
    return answer.text


def send(fleet: Fleet, prompt: str, seed: int) -> BoothAnswer:
    configure(fleet.session(), prompt)
    return fleet.web.booth.send(photos.jpeg(seed=seed))


@pytest.fixture(scope="module")
def fleet(make_fleet: Callable[..., Fleet]) -> Iterator[Fleet]:
    own = {
        "WORKER_METRICS_PORT": str(WORKER_PORT),
        "SYNC_RESPONSE_TIMEOUT_SEC": str(BOOTHS_GIVE_UP_SEC),
        "FETCH_ALLOWED_HOSTS": "127.0.0.1",
    }
    with make_fleet(**own) as running:
        yield running


@pytest.fixture(scope="module")
def busy(fleet: Fleet, clips: Clips) -> Iterator[Fleet]:
    """A web process and a worker that have seen a bit of everything, while somebody listens."""
    serg = fleet.session()
    assert send(fleet, "delay=0", 1).status == 200
    assert send(fleet, "say=refuse", 2).status == 502
    assert send(fleet, f"delay={BOOTHS_GIVE_UP_SEC + 1}", 3).status == 504
    upload = {"file": ("sound.wav", clips.make("red").read_bytes())}
    assert serg.post("/api/v1/files", files=upload).status_code == 201
    assert requests.get(f"{fleet.web.url}/api/slots", timeout=10).status_code == 401
    with ClipHost() as host, Merger.registered(fleet.web, "merger") as merger:
        address = host.put("red.mp4", clips.make("red"))
        assert merger.ended(merger.accepted(address)["task_id"])["status"] == "completed"
        task = merger.accepted(host.address("missing.mp4"))
        assert merger.ended(task["task_id"])["status"] == "error"
    with Listener(fleet.web, serg).wait_until_it_began():
        yield fleet


@pytest.fixture(scope="module")
def alone(server: Server) -> Server:
    """One process with its own database, which it has copied."""
    assert server.booth.send(photos.jpeg(seed=4)).status == 200
    daily = "photoai_backup_newest_timestamp_seconds{reason="
    wait_until(lambda: daily in page(server.url), 30, "a copy is made")
    return server


@pytest.fixture(scope="module")
def known(busy: Fleet, alone: Server) -> Known:
    """What web, worker and a server alone really tell, and the exporters."""
    found: dict[str, Labels] = dict(EXPORTERS)
    for url in (busy.web.url, f"http://127.0.0.1:{WORKER_PORT}", alone.url):
        for name, labels in told_by(page(url)).items():
            found[name] = found.get(name, frozenset()) | labels
    return Known(found)


def what(question: Question) -> str:
    return question.where


@pytest.mark.slow
@pytest.mark.parametrize("question", ALL, ids=what)
def test_every_question_is_about_figures_and_labels_that_are_told(
    question: Question, known: Known
) -> None:
    answered = known.labels_of(question.expr)
    assert in_template(question.words) <= answered


@pytest.mark.slow
def test_a_listener_late_photos_failures_and_bytes_are_seen(busy: Fleet) -> None:
    web, worker = page(busy.web.url), page(f"http://127.0.0.1:{WORKER_PORT}")
    assert "photoai_listeners 1.0" in web
    assert "photoai_photos_late_total 1.0" in web
    assert "photoai_queue_ready 1.0" in web
    assert 'photoai_job_failures_total{code="provider_refused",kind="photo"} 1.0' in worker
    assert 'photoai_jobs_ended_total{kind="merge",state="failed"} 1.0' in worker
    assert 'photoai_queue_places{pool="video"} 1.0' in worker
    for folder, text in (("originals", web), ("files", web), ("results", worker)):
        assert f'photoai_storage_written_bytes_total{{folder="{folder}"}}' in text


@pytest.mark.slow
def test_without_a_worker_nobody_works(make_fleet: Callable[..., Fleet]) -> None:
    with make_fleet(workers=0) as fleet:
        assert "photoai_queue_ready 0.0" in page(fleet.web.url)


def registered(services: Services) -> set[str]:
    """Of every sample that can be there."""
    return {
        family.name + suffix
        for family in services.metrics.registry.collect()
        for suffix in SUFFIXES.get(family.type, ("",))
    }


def test_every_name_is_one_of_ours_or_of_an_exporter(services: Services) -> None:
    names = registered(services)
    for question in ALL:
        for name in names_in(question.expr) - {"up", "ALERTS"}:
            told = names if name.startswith(OURS) else EXPORTERS
            assert name in told, f"{question.where}: {name}"


def test_every_kind_of_figure_is_asked_for(services: Services) -> None:
    asked = {name for question in ALL for name in names_in(question.expr)}
    ours = {name for name in registered(services) if name.startswith("photoai_")}
    of_histograms = {name for name in ours if name.endswith(("_count", "_sum"))}
    assert ours - of_histograms - {"photoai_build_info"} <= asked
    assert any(name.startswith(FOREIGN) for name in asked)


@pytest.mark.parametrize(
    ("expr", "complaint"),
    [
        ("sum(rate(photoai_jobs_total[5m]))", "nobody tells photoai_jobs_total"),
        ('node_load1{mode="idle"}', "no label"),
        ("sum by (kind) (node_load1)", "no label"),
        ("sum by (kind) (sum by (mode) (node_cpu_seconds_total))", "no label"),
        ("histogram_quantile(0.5, sum by (mode) (rate(node_cpu_seconds_total[5m])))", "buckets"),
    ],
)
def test_a_question_nobody_could_answer_is_found(expr: str, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        Known(EXPORTERS).labels_of(expr)


def test_the_labels_of_an_answer_are_followed() -> None:
    known = Known(EXPORTERS)
    assert known.labels_of("node_load1") == {"job", "instance"}
    assert known.labels_of("sum(node_load1) or vector(0)") == set()
    ratio = "sum by (mode) (rate(node_cpu_seconds_total[$__rate_interval])) / 2"
    assert known.labels_of(f"topk(3, {ratio})") == {"mode"}
    assert in_template("{{ mode }} {{cpu}} {{ $labels.device }}") == {"mode", "cpu", "device"}
