"""Where ALLOW_ANONYMOUS lets everybody in: whoever has the number of an analysis has it."""

from __future__ import annotations

from pathlib import Path

import pytest
import requests

from tests.emulators.gemini import GeminiEmulator
from tests.support.clips import Clips
from tests.support.reel_client import REELS, STATUS, Scripter
from tests.support.server import Server

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("google")]


def refusal(answer: requests.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_seeds_own_example_works_without_an_account(reel_server: Server, short: Path) -> None:
    task_id = Scripter.nobody(reel_server).accepted_reel(short)
    elsewhere = Scripter.nobody(reel_server)
    done = elsewhere.reel_ended(task_id)
    assert done["state"] == "SUCCESS", done
    assert elsewhere.get(done["result"]["exports"]["srt"]).status_code == 200
    assert elsewhere.get(done["result"]["first_frame"]).status_code == 200
    assert "event: end" in elsewhere.get(f"{STATUS}/{task_id}/events").text
    assert refusal(elsewhere.post(f"{REELS}/{task_id}/subtitles")) == (401, "unauthorized")
    assert elsewhere.delete(f"{STATUS}/{task_id}").status_code == 204
    assert refusal(elsewhere.get(f"{STATUS}/{task_id}")) == (404, "reel_unknown")


def test_what_has_an_account_is_its_own(
    reel_server: Server, scripter: Scripter, short: Path
) -> None:
    task_id = scripter.accepted_reel(short)
    nobody = Scripter.nobody(reel_server)
    assert refusal(nobody.get(f"{STATUS}/{task_id}")) == (404, "reel_unknown")
    assert refusal(nobody.delete(f"{STATUS}/{task_id}")) == (404, "reel_unknown")
    assert refusal(nobody.get(f"{REELS}/{task_id}.json")) == (404, "reel_unknown")
    assert scripter.reel_ended(task_id)["state"] == "SUCCESS"


def test_it_has_to_be_short(reel_server: Server, clips: Clips) -> None:
    answer = Scripter.nobody(reel_server).post_video(clips.make("red", sec=6.0))
    assert refusal(answer) == (422, "guest_limit")


def test_a_guest_spends_a_guests_budget(
    reel_server: Server, google: GeminiEmulator, clips: Clips
) -> None:
    """One of twenty cents, which is for the whole address."""
    nobody = Scripter.nobody(reel_server)
    answer = nobody.post_video(clips.make("lime", sec=1.5), variants=3)
    assert answer.status_code == 202, answer.text
    assert nobody.reel_ended(answer.json()["task_id"])["result"]["cost"] < 0.2
