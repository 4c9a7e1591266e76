"""/metrics: who may look, and what a photo leaves there."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient

from photoai.app import create_app, services_of
from photoai.config import Config
from tests.support import photos
from tests.support.server import Server

TOKEN = "a-token-of-Prometheus-é"
AWAY, HERE = "203.0.113.9", "127.0.0.1"


@pytest.fixture
def client(app: Flask, config: Config, request: pytest.FixtureRequest) -> Iterator[FlaskClient]:
    """Of an application with the settings a test names."""
    app = create_app(dataclasses.replace(config, **getattr(request, "param", {})))
    yield app.test_client(use_cookies=False)
    services_of(app).shut_down()


def status(client: FlaskClient, address: str, **headers: str) -> int:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    with client.get("/metrics", headers=named, environ_base={"REMOTE_ADDR": address}) as answer:
        return answer.status_code


def bearer(token: str) -> str:
    return f"Bearer {token}".encode().decode("latin-1")


@pytest.mark.parametrize(
    ("address", "expected"),
    [(HERE, 200), ("::1", 200), ("::ffff:127.0.0.1", 200), (AWAY, 404), ("", 404), ("unix:", 404)],
)
def test_without_a_token_only_this_machine_may_look(
    client: FlaskClient, address: str, expected: int
) -> None:
    assert status(client, address) == expected
    assert status(client, AWAY, Authorization=bearer("")) == 404


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_a_proxy_that_is_not_trusted_is_not_this_machine(client: FlaskClient, header: str) -> None:
    assert status(client, HERE, **{header: HERE}) == 404


@pytest.mark.parametrize("client", [{"trusted_proxy_hops": 1}, {"dyno": "web.1"}], indirect=True)
def test_behind_a_trusted_proxy_its_client_counts(client: FlaskClient) -> None:
    assert status(client, HERE, X_Forwarded_For=AWAY) == 404
    assert status(client, HERE, X_Forwarded_For=f"{HERE}, {AWAY}") == 404
    assert status(client, HERE, X_Forwarded_For=f"{AWAY}, {HERE}") == 200
    assert status(client, HERE) == 200


@pytest.mark.parametrize("client", [{"metrics_token": TOKEN}], indirect=True)
def test_the_token_opens_from_anywhere(client: FlaskClient) -> None:
    assert status(client, AWAY, Authorization=bearer(TOKEN)) == 200
    assert status(client, AWAY, Authorization=f"bearer  {bearer(TOKEN)[7:]} ") == 200
    assert status(client, HERE) == 200
    for wrong in ("", bearer(""), bearer(TOKEN[:-1]), bearer(TOKEN)[7:], f"Basic {TOKEN[:5]}"):
        assert status(client, AWAY, Authorization=wrong) == 401
    with client.get("/metrics", environ_base={"REMOTE_ADDR": AWAY}) as answer:
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def figure(page: str, sample: str) -> float:
    found = re.search(rf"^{re.escape(sample)} (\S+)$", page, re.MULTILINE)
    return float(found[1]) if found else 0.0


def test_a_photo_leaves_its_figures_and_nothing_of_its_guest(server: Server) -> None:
    def page() -> str:
        return requests.get(f"{server.url}/metrics", timeout=10).text

    before = page()
    answer = server.booth.send(photos.guest())
    assert answer.status == 200
    after = page()
    for sample in (
        'photoai_http_requests_total{method="POST",route="/ingest/<link>",status="2xx"}',
        'photoai_photo_response_seconds_count{rung="0:local"}',
        'photoai_rungs_total{rung="0:local"}',
        'photoai_jobs_ended_total{kind="photo",state="succeeded"}',
        'photoai_provider_calls_total{provider="local",result="answered"}',
        'photoai_provider_call_seconds_count{provider="local"}',
        'photoai_queue_wait_seconds_count{kind="photo"}',
    ):
        assert figure(after, sample) == figure(before, sample) + 1, sample
    assert figure(after, 'photoai_provider_healthy{provider="local"}') == 1
    assert figure(after, "process_resident_memory_bytes") > 10e6
    for secret in (answer.headers["X-Photoai-Job"], server.ingest_password(), "serg"):
        assert secret not in after
