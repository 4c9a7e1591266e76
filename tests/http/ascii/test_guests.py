"""Where ALLOW_ANONYMOUS lets everybody convert: whoever has the number of a job has the job."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from tests.support import sent
from tests.support.clips import Clips
from tests.support.conversion_client import BATCH, DOWNLOAD, STATUS, V1, Converter
from tests.support.server import Server
from tests.support.waiting import wait_until

pytestmark = pytest.mark.slow
SMALL = {"width": 20, "fps": 5}
FILM = ("film.mp4", sent.film())


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_seeds_own_example_works_without_an_account(open_server: Server, short: Path) -> None:
    nobody = Converter.nobody(open_server)
    job_id = nobody.accepted_conversion(short, **SMALL)
    elsewhere = Converter.nobody(open_server)
    done = elsewhere.ended_conversion(job_id)
    assert done["status"] == "completed", done
    assert elsewhere.get(done["result"]["mp4_path"]).status_code == 200
    events = elsewhere.get(f"{STATUS}/{job_id}/events")
    assert "event: end" in events.text


def test_somebody_with_an_account_may_have_it_by_its_number_too(
    open_server: Server, short: Path
) -> None:
    job_id = Converter.nobody(open_server).accepted_conversion(short, **SMALL)
    member = Converter.registered(open_server, "curious")
    assert member.ended_conversion(job_id)["status"] == "completed"
    own = member.accepted_conversion(short, **SMALL)
    nobody = Converter.nobody(open_server)
    assert refusal(nobody.get(f"{STATUS}/{own}")) == (404, "conversion_unknown")
    assert refusal(nobody.get(f"{DOWNLOAD}/{own}/video")) == (404, "conversion_unknown")
    assert member.ended_conversion(own)["status"] == "completed"


def test_nothing_else_is_open(open_server: Server) -> None:
    nobody = Converter.nobody(open_server)
    for path in (f"{V1}/files", "/api/tasks", f"{V1}/tasks", f"{V1}/auth/me", "/api/events"):
        assert refusal(nobody.get(path)) == (401, "unauthorized")
    assert refusal(nobody.post(f"{V1}/files", files={"file": FILM})) == (401, "unauthorized")


def test_credentials_that_are_worth_nothing_are_not_passed_over(open_server: Server) -> None:
    bad = Converter.nobody(open_server)
    bad.headers["X-API-Key"] = "pk_wrong"
    assert refusal(bad.convert(FILM, **SMALL)) == (401, "wrong_api_key")


def test_anybody_with_its_number_may_cancel_it(open_server: Server, clips: Clips) -> None:
    nobody = Converter.nobody(open_server)
    job_id = nobody.accepted_conversion(clips.make("testsrc2", sec=5.0, size="1280x720"), fps=60)
    answer = Converter.nobody(open_server).delete(f"{STATUS}/{job_id}")
    assert answer.status_code == 202, answer.text
    assert nobody.ended_conversion(job_id)["error"]["code"] == "cancelled"


@pytest.mark.parametrize(
    ("wishes", "sec", "code"),
    [
        ({}, 6.0, "guest_limit"),
        ({"width": 240, "fps": 60}, 0.0, "guest_limit"),
    ],
)
def test_it_has_to_be_short(
    make_server: Callable[..., Server], clips: Clips, open_server: Server, wishes: Any,
    sec: float, code: str,
) -> None:  # fmt: skip
    if sec:
        answer = Converter.nobody(open_server).convert(clips.make("red", sec=sec), **wishes)
    else:
        with make_server(ALLOW_ANONYMOUS="ascii") as server:
            long = clips.make("red", sec=25.0, size="64x48", fps="5")
            answer = Converter.nobody(server).convert(long, **wishes)
    assert refusal(answer) == (422, code)


def slow_gif() -> bytes:
    """Half an hour in a few kilobytes."""
    frames = [Image.new("RGB", (64, 48), (8 * number, 0, 0)) for number in range(30)]
    wire = io.BytesIO()
    frames[0].save(wire, "GIF", save_all=True, append_images=frames[1:], duration=59_000)
    return wire.getvalue()


def test_a_picture_that_moves_has_to_be_short_too(make_server: Callable[..., Server]) -> None:
    gif = ("slow.gif", slow_gif())
    with make_server(ALLOW_ANONYMOUS="ascii") as server:
        nobody = Converter.nobody(server)
        job_id = nobody.accepted_conversion(gif, width=20, fps=1)
        ended = nobody.ended_conversion(job_id)
        assert (ended["status"], ended["error"]["code"]) == ("failed", "clip_too_long")
    with make_server(ALLOW_ANONYMOUS="ascii", ANONYMOUS_MAX_DURATION_SEC="1800") as server:
        nobody = Converter.nobody(server)
        job_id = nobody.accepted_conversion(gif, width=240, fps=60)
        ended = nobody.ended_conversion(job_id)
        assert (ended["status"], ended["error"]["code"]) == ("failed", "conversion_too_many_frames")


def test_it_has_to_be_small(make_server: Callable[..., Server]) -> None:
    with make_server(ALLOW_ANONYMOUS="ascii", ANONYMOUS_MAX_FILE_MB="1") as server:
        nobody = Converter.nobody(server)
        large = ("large.mp4", sent.film() + bytes(1_000_001))
        assert refusal(nobody.convert(large)) == (413, "guest_file_too_large")
        batch = nobody.convert_all(large, FILM, **SMALL).json()
        assert [each["error"]["code"] for each in batch["rejected"]] == ["guest_file_too_large"]
        assert nobody.get(f"{BATCH}/{batch['batch_id']}").json()["total"] == 2
        member = Converter.registered(server, "large-ones")
        assert member.convert(large, **SMALL).status_code != 413


def test_only_so_many_at_once_of_one_and_of_all(
    make_server: Callable[..., Server], clips: Clips
) -> None:
    with make_server(
        ALLOW_ANONYMOUS="ascii", ANONYMOUS_JOBS_MAX="3", TRUSTED_PROXY_HOPS="1"
    ) as server:
        slow = clips.make("testsrc2", sec=20.0, size="1280x720")
        member = Converter.registered(server, "has-an-account")
        assert member.convert(slow, fps=60).status_code == 202  # all others wait for this one

        def ask(address: str) -> requests.Response:
            client = Converter.nobody(server)
            client.headers["X-Forwarded-For"] = address
            return client.convert(FILM, **SMALL)

        assert [ask("203.0.113.7").status_code for _ in range(2)] == [202, 202]
        assert refusal(ask("203.0.113.7")) == (429, "plan_used_up")
        assert ask("2001:db8::1").status_code == 202
        full = ask("2001:db8:1::1")
        assert refusal(full) == (503, "too_many_guests")
        assert int(full.headers["Retry-After"]) > 0
        assert member.convert(FILM, **SMALL).status_code == 202


def test_only_so_many_orders_in_an_hour(make_server: Callable[..., Server]) -> None:
    with make_server(ALLOW_ANONYMOUS="ascii", RATE_LIMIT_ENABLED="true") as server:
        nobody = Converter.nobody(server)
        for _ in range(60):
            assert nobody.convert(("a.txt", b"nothing")).status_code == 415
        assert refusal(nobody.convert(FILM)) == (429, "too_many_anonymous")
        for _ in range(30):
            assert nobody.get(f"{STATUS}/000000000000").status_code == 404
        assert refusal(nobody.get(f"{STATUS}/000000000000")) == (429, "too_many_misses")


def test_an_administrator_sees_guests_and_can_show_one_the_door(
    make_server: Callable[..., Server], short: Path
) -> None:
    from tests.http.test_members import command

    with make_server(ALLOW_ANONYMOUS="ascii") as server:
        nobody = Converter.nobody(server)
        job_id = nobody.accepted_conversion(short, **SMALL)
        nobody.ended_conversion(job_id)
        made = command(server, "create-admin", "root-of-all")
        with server.session(None) as admin:
            admin.sign_in("root-of-all", made.stdout.strip())
            (guest,) = admin.get(f"{V1}/admin/users", params={"role": "guest"}).json()["data"]
            assert guest["username"].startswith("guest:")
            assert "127.0.0.1" not in str(guest)
            tasks = admin.get(f"{V1}/admin/tasks", params={"type": "ascii"}).json()["data"]
            assert [each["id"] for each in tasks] == [job_id]
            path = f"{V1}/admin/users/{guest['id']}"
            assert admin.patch(path, json={"active": False}).status_code == 200
        assert refusal(nobody.convert(short)) == (403, "account_inactive")
        assert nobody.get(f"{STATUS}/{job_id}").status_code == 404


def test_switched_off_again_what_was_made_is_closed(
    make_server: Callable[..., Server], short: Path
) -> None:
    server = make_server(ALLOW_ANONYMOUS="ascii")
    with server:
        job_id = Converter.nobody(server).accepted_conversion(short, **SMALL)
        Converter.nobody(server).ended_conversion(job_id)
        server.stop()
        server._env["ALLOW_ANONYMOUS"] = ""
        server.start()
        wait_until(lambda: server.session(None).get("/healthz").ok, 10)
        assert refusal(Converter.nobody(server).get(f"{STATUS}/{job_id}")) == (401, "unauthorized")
