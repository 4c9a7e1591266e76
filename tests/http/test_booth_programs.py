"""Booth programs that differ: how they want their answer, and how they send a guest's words."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes
from email.policy import HTTP
from urllib.parse import quote

import pytest

from tests.support import photos
from tests.support.booth import BoothAnswer
from tests.support.server import Client, Server

Slot = Callable[..., str]


def parts_of(answer: BoothAnswer) -> list[tuple[str, str, bytes]]:
    """The name, type and content of each part, read by the standard library."""
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    parsed = message_from_bytes(head + answer.body, policy=HTTP)
    assert not parsed.defects
    return [
        (
            str(part.get_param("name", header="Content-Disposition")),
            part.get_content_type(),
            part.get_payload(decode=True),
        )
        for part in parsed.iter_parts()
    ]


@pytest.fixture
def multipart(serg: Client, slot: Slot) -> Callable[[str], str]:
    """A slot of Breeze Booth's; its id."""

    def make(prompt: str) -> str:
        slot_id = slot(prompt)
        saved = serg.get(f"/api/slots/{slot_id}").json()
        fields = ("name", "provider_id", "operation_id", "settings_json")
        update = {name: saved[name] for name in fields} | {"client_profile": "multipart"}
        assert serg.put(f"/api/slots/{slot_id}", json=update).status_code == 200
        return slot_id

    return make


def test_breeze_booth_gets_facts_and_the_image(
    server: Server, serg: Client, multipart: Callable[[str], str]
) -> None:
    slot_id = multipart("delay=0")
    assert serg.get(f"/api/slots/{slot_id}").json()["client_profile"] == "multipart"
    answer = server.booth.send(photos.guest(), slot=slot_id)
    assert answer.status == 200
    assert int(answer.headers["Content-Length"]) == len(answer.body)
    (facts_name, facts_type, facts), (name, kind, image) = parts_of(answer)
    assert (facts_name, facts_type, name, kind) == (
        "json", "application/json", "image", "image/jpeg",
    )  # fmt: skip
    assert photos.opened(image).size == photos.opened(photos.guest()).size
    told = json.loads(facts)
    assert told["status"] == "ok"
    assert told["job_id"] == answer.headers["X-Photoai-Job"]
    assert (told["width"], told["height"]) == photos.opened(image).size
    assert told["size_bytes"] == len(image)


@pytest.mark.slow
def test_breeze_booth_gets_its_errors_with_a_status(
    server: Server, multipart: Callable[[str], str]
) -> None:
    slot_id = multipart("say=refused")
    wrong = server.booth.send(photos.jpeg(), slot=slot_id, password="wrong")
    assert (wrong.status, wrong.error["code"]) == (401, "wrong_ingest_password")
    assert wrong.headers["Content-Type"] == "application/json"
    damaged = server.booth.send(photos.jpeg()[:9000], slot=slot_id)
    assert (damaged.status, damaged.error["code"]) == (422, "photo_damaged")


@pytest.mark.slow
def test_another_profile_is_refused(serg: Client, slot: Slot) -> None:
    update = {
        "provider_id": "local", "operation_id": "change_image",
        "settings_json": {"prompt": "vivid"}, "client_profile": "xml",
    }  # fmt: skip
    answer = serg.put(f"/api/slots/{slot()}", json=update)
    assert answer.status_code == 422
    assert "client_profile" in answer.json()["error"]["details"]


def presets_of(serg: Client, answer: BoothAnswer) -> list[str]:
    """What the embedded provider read in the prompt it was sent."""
    assert answer.status == 200, answer.body
    job = serg.get(f"/api/tasks/{answer.headers['X-Photoai-Job']}").json()
    assert "tokens" not in json.dumps(job)
    presets: list[str] = job["result"]["notes"]["presets"]
    return presets


@pytest.mark.slow
@pytest.mark.parametrize(
    ("query", "presets"),
    [
        ("", ["vivid"]),
        ("?look=sepia", ["sepia"]),
        ("?LOOK=" + quote("сепия"), ["sepia"]),
        ("?LOOK=" + quote("сепия", encoding="cp1251"), ["sepia"]),
        ("?user=x&look=&look=comic", ["vivid"]),
    ],
    ids=["none", "English", "Russian", "in a code page", "empty"],
)
def test_answers_in_the_link_fill_the_prompt(
    server: Server, serg: Client, slot: Slot, query: str, presets: list[str]
) -> None:
    link = f"/ingest/{slot('{look|vivid}', 'local')}{query}"
    assert presets_of(serg, server.booth.send(photos.jpeg(), path=link)) == presets


@pytest.mark.slow
def test_answers_in_breezes_form_fill_the_prompt_and_a_replay_repeats_them(
    server: Server, serg: Client, slot: Slot
) -> None:
    slot_id = slot("{look|vivid}", "local")
    answer = server.booth.send(
        photos.jpeg(), slot=slot_id, fields={"survey1_choice_look": "pencil sketch"}
    )
    assert presets_of(serg, answer) == ["pencil sketch"]
    wait = {"Prefer": "wait=20"}
    replay = serg.post(f"/api/tasks/{answer.headers['X-Photoai-Job']}/replay", headers=wait)
    assert replay.json()["result"]["notes"]["presets"] == ["pencil sketch"]


@pytest.mark.slow
def test_a_slot_is_tried_with_answers_too(serg: Client, slot: Slot) -> None:
    answer = serg.post(
        f"/api/slots/{slot('{look|vivid}', 'local')}/test?look=sepia",
        files={"photo": ("a.jpg", photos.jpeg(), "image/jpeg")},
        headers={"Prefer": "wait=20"},
    )
    assert answer.json()["result"]["notes"]["presets"] == ["sepia"], answer.text


@pytest.mark.slow
def test_answers_are_not_logged(server: Server, slot: Slot) -> None:
    link = f"/ingest/{slot('{who|vivid}', 'local')}?who=Rumpelstiltskin"
    assert server.booth.send(photos.jpeg(), path=link).status == 200
    assert server.booth.send(b"no photo", path=link).status == 415
    assert "Rumpelstiltskin" not in server.log
