"""What the looks before an event come to: arithmetic, clocks and addresses."""

from __future__ import annotations

import dataclasses
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from photoai.errors import Sentence
from photoai.models import Slot
from photoai.services import Services
from photoai.services.catalogue import Catalogue, ProviderEntry
from photoai.services.clock import utcnow
from photoai.services.faces import find_faces
from photoai.services.ladder import Ladders
from photoai.services.rehearsals import Event, machine, plans
from photoai.services.rehearsals.capacity import capacity_of, room, serves
from photoai.services.rehearsals.picture import guests_photo
from photoai.services.rehearsals.verdicts import Light, Verdict, green, red, worst, yellow

GREEN, YELLOW, RED = Light.GREEN, Light.YELLOW, Light.RED
CATALOGUE = Catalogue.load(Path("configs/providers.json"))
LOCAL = {"provider_id": "local", "operation_id": "frame", "settings_json": {}}


def gemini(**changes: Any) -> ProviderEntry:
    return dataclasses.replace(CATALOGUE.providers["gemini"], **changes)


@pytest.mark.slow
def test_the_drawn_guest_has_a_face() -> None:
    photo = Image.open(io.BytesIO(guests_photo()))
    assert (photo.format, photo.size) == ("JPEG", (1200, 1600))
    (face,) = find_faces(np.asarray(photo), most=5)
    assert 400 < face.left[0] < 600 < face.right[0] < 800


@pytest.mark.parametrize(
    ("entry", "sec", "tokens", "per_hour", "because"),
    [
        (gemini(quotas={}), 12.0, None, 1200, "4 at once"),
        (gemini(quotas={"requests_per_minute": 10}), 12.0, None, 600, "10 requests"),
        (gemini(quotas={"images_per_minute": 2}), 12.0, None, 120, "2 images"),
        (gemini(quotas={"tokens_per_minute": 5000}), 12.0, 1000.0, 300, "5000 tokens"),
        (gemini(quotas={"tokens_per_minute": 5000}), 12.0, None, 1200, "4 at once"),
        (gemini(quotas={}), 0.0, None, 144_000, "4 at once"),
    ],
)
def test_the_tightest_limit_says_how_many_an_hour(
    entry: ProviderEntry, sec: float, tokens: float | None, per_hour: int, because: str
) -> None:
    found = capacity_of(entry, sec, tokens)
    assert found.per_hour == per_hour
    assert because in found.because


@pytest.mark.parametrize(
    ("guests", "hours", "light"),
    [(60, 5, GREEN), (800, 1, GREEN), (801, 1, YELLOW), (1200, 1, YELLOW), (1201, 1, RED),
     (100, 20, GREEN), (100, 21, RED)],
)  # fmt: skip
def test_a_provider_serves_the_hour_and_the_day(guests: int, hours: int, light: Light) -> None:
    capacity = capacity_of(gemini(quotas={"requests_per_day": 2000}), 12.0, None)
    assert serves(capacity, Event(guests, hours)).light is light


@pytest.mark.parametrize(
    ("free_mb", "light"), [(10_000, GREEN), (700, YELLOW), (400, RED), (0, RED)]
)
def test_the_disk_takes_the_photos_and_the_originals_that_are_kept(
    free_mb: int, light: Light
) -> None:
    # 300 photos of 1 MB; of the originals those of half an hour, 30 of 6 MB.
    said = room(free_mb * 1_000_000, 1_000_000, 30, Event(60, 5))
    assert said.light is light
    assert said.said[0].values["photos"] == max(0, free_mb - 180)


def test_the_worst_verdict_speaks_first() -> None:
    fine, look, mend = Sentence("Fine."), Sentence("Look."), Sentence("Mend.")
    assert worst([green(), green()], fine) == green(fine)
    assert worst([yellow(look), green(), red(mend)], fine) == Verdict(RED, (mend, look))


def slot(provider: str = "gemini", *above: dict[str, Any]) -> Slot:
    return Slot(id="slot-003", provider_id=provider, operation_id="change_image", ladder=[*above],
                settings_json={"prompt": "?"})  # fmt: skip


@pytest.mark.parametrize(
    ("one", "patience", "keyless", "light"),
    [
        (slot("local"), 48.0, "", GREEN),
        (slot("gemini", LOCAL), 48.0, "", GREEN),
        (slot("gemini"), 48.0, "", YELLOW),
        (slot("gemini", LOCAL), 12.0, "", YELLOW),
        (slot("gemini", LOCAL), 48.0, "gemini", RED),
        (slot("nobodys", LOCAL), 48.0, "nobodys", RED),
    ],
)
def test_ladders_are_added_up(one: Slot, patience: float, keyless: str, light: Light) -> None:
    ladders = Ladders(CATALOGUE, lambda: patience, lambda id_: True)
    said = plans.ladders([one], ladders, patience, CATALOGUE, lambda id_: id_ != keyless)
    assert said.light is light
    assert light is GREEN or "slot-003" in said.said[0]


def test_booths_wait_longer_than_the_server() -> None:
    assert plans.booth_timeout(50.0, 48.0).said[0].values["seconds"] == 60
    behind_a_router = plans.booth_timeout(60.0, 25.0)
    assert (behind_a_router.light, len(behind_a_router.said)) == (YELLOW, 2)
    assert plans.ingest_password(False).light is RED


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "light"),
    [(200, b'{"status": "healthy"}', GREEN), (200, b"<html>", RED), (302, b"", RED),
     (200, b'{"status": "healthy", "of": "others"}', RED)],
)  # fmt: skip
def test_the_public_address_leads_here_or_elsewhere(status: int, body: bytes, light: Light) -> None:
    with answering(status, body) as address:
        assert machine.public_address(address, True).light is light


def test_an_address_that_nobody_answers_matters_to_whom_it_is_needed_by() -> None:
    for address in ("", "http://127.0.0.1:1"):
        assert machine.public_address(address, True).light is RED
        assert machine.public_address(address, False).light is YELLOW


@pytest.mark.slow
@pytest.mark.parametrize(("hours", "light"), [(0, GREEN), (1, RED), (-1, RED)])
def test_a_wrong_clock_is_told_by_a_providers_answers(
    services: Services, hours: int, light: Light
) -> None:
    theirs = utcnow() + timedelta(hours=hours)
    with answering(404, b"", Date=format_datetime(theirs, usegmt=True)) as address:
        said = machine.clock(services.database, {"Gemini": address})
    assert said.light is light
    assert light is GREEN or said.said[0].values["who"] == "Gemini"


@pytest.mark.slow
def test_a_clock_that_nobody_confirms_is_looked_at(services: Services) -> None:
    with answering(200, b"", Date="yesterday") as address:
        assert machine.clock(services.database, {"Gemini": address}).light is YELLOW
    assert machine.clock(services.database, {}).light is GREEN
