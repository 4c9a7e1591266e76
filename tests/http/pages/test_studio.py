"""The Studio as it is without JavaScript: files, forms made of schemas, tasks."""

from __future__ import annotations

import re
from typing import Any

import pytest

from photoai.models import FileKind
from photoai.schemas.edits import INSIDE, TYPES, TaskOrderSchema
from photoai.schemas.edits.describing import json_schema
from photoai.services import Services
from photoai.services.jobs import NO_WISHES
from tests.support.forms import submitted
from tests.support.reader import Reader, element, words

from .studio import (
    MARKUP,
    File,
    form_of,
    job_at,
    problem,
)

LONG_NUMBER = "9" * 5000
FIRST_FILE = "config.operations.0.files.0.0"
# The type, what is typed, where something is wrong, and what is said of it.
REFUSED = [
    ("trim", {"files.0.0": ""}, "files.0.0", "Choose a file."),
    ("trim", {"files.0.0": "nobodys"}, "files.0.0", "There is no such file"),
    ("trim", {"config.start_sec": "soon"}, "config.start_sec", "Not a valid number."),
    ("trim", {"config.start_sec": "5", "config.end_sec": "4"}, "config.end_sec", "end after"),
    ("trim", {"config.start_sec": "11"}, "config.start_sec", "beyond the end"),
    ("text_overlay", {}, "config.texts.0.content", "required"),
    (
        "text_overlay", {"config.texts.0.content": "a", "config.texts.0.x": "5"},
        "config.texts.0.y", "Both x and y",
    ),
    (
        "text_overlay", {"config.texts.0.content": "a", "config.texts.0.font": "Nonesuch"},
        "config.texts.0.font", "no font",
    ),
    ("text_overlay", {"config.texts.0.content": "a", "config.texts.0.color": "<i>"},
     "config.texts.0.color", "A colour such as"),
    ("audio_overlay", {"config.volume": "11"}, "config.volume", "10"),
    ("audio_overlay", {"config.offset_sec": "10"}, "config.offset_sec", "after the end"),
    (
        "video_overlay", {"config.chroma_key.on": "1", "config.chroma_key.color": "green"},
        "config.chroma_key.color", "A colour such as",
    ),
    ("subtitles", {}, "files.1.0", "never both"),
    ("thumbnail", {"config.width": "7.5"}, "config.width", "integer"),
]  # fmt: skip


def test_every_setting_of_a_type_has_a_field_and_left_alone_they_order_its_defaults(
    serg: Reader, services: Services, file: File, files: dict[FileKind, str]
) -> None:
    file()  # a second one, to be joined
    typed = {
        "text_overlay": {"config.texts.0.content": "Привет"},
        "subtitles": {"files.1.0": files[FileKind.SUBTITLES]},
    }
    plain: dict[str, Any] = {"text_overlay": {"texts": [{"content": "Привет"}]}}
    for kind in TYPES:
        fields = form_of(serg, kind, **typed.get(kind, {}))
        page = serg.page(f"/studio?type={kind}")
        for name in json_schema(TYPES[kind].config)["properties"]:
            path = f"config.{name}"
            there = any(each == path or each.startswith(f"{path}.") for each in fields)
            assert there or f'id="f-config-{name}"' in page, path
        answer = serg.send("/studio", **fields)
        assert answer.status_code == 303, words(answer.text)
        params = job_at(services, answer.location).params
        services.edits.cancel(serg.caller, str(answer.location).rpartition("=")[2])
        config = plain.get(kind, {})
        if kind == "combined":
            config = {"operations": [{"type": "trim", "input_files": [fields[FIRST_FILE]]}]}
        order = {"type": kind, "input_files": params["input_files"], "config": config}
        assert params["config"] == TaskOrderSchema().load(order).config


def test_a_task_is_ordered_and_its_page_tells_the_truth_until_it_is_cancelled(
    serg: Reader, services: Services, files: dict[FileKind, str]
) -> None:
    text = f"{MARKUP}\nвторая"
    typed = {
        "config.texts.0.content": text.replace("\n", "\r\n"), "config.texts.0.color": "#FF0000",
        "config.texts.0.box_color.on": "1", "config.texts.0.box_color": "#102030",
        "config.texts.0.box_color.alpha": "50", "config.texts.0.end_sec": "2,5",
        "config.texts.0.anchor": "top",
    }  # fmt: skip
    answer = serg.send("/studio", **form_of(serg, "text_overlay", **typed))
    assert answer.status_code == 303, words(answer.text)
    (made,) = job_at(services, answer.location).params["config"]["texts"]
    assert made["content"] == text
    assert (made["color"], made["box_color"], made["end_sec"]) == ("#ff0000", "#10203080", 2.5)
    page = serg.page(str(answer.location))
    assert "<progress" in page
    assert re.search(r'<noscript>.*http-equiv="refresh".*</noscript>', page, re.DOTALL)
    assert MARKUP not in page
    again = submitted(page, "order")
    assert again["config.texts.0.content"] == text, "it can be changed and ordered again"
    assert again["config.texts.0.box_color.alpha"] == "50"
    number = str(answer.location).rpartition("=")[2]
    assert f'data-task="{number}"' in serg.page(f"/studio/tasks/{number}")
    assert number in serg.page("/studio/tasks")
    assert serg.send(f"/studio/tasks/{number}/cancel").location == answer.location
    ended = serg.page(str(answer.location))
    assert "This task was cancelled." in ended
    assert "http-equiv" not in ended
    assert serg.send(f"/studio/tasks/{number}/cancel").status_code == 303, "twice is fine"
    assert serg.send(f"/studio/tasks/{number}/retry").location == answer.location
    assert "<progress" in serg.page(str(answer.location))


def test_what_is_wrong_is_said_beside_its_field_and_nothing_typed_is_lost(
    serg: Reader, files: dict[FileKind, str]
) -> None:
    for kind, typed, where, said in REFUSED:
        answer = serg.send("/studio", **form_of(serg, kind, **typed))
        assert answer.status_code in {404, 422}, words(answer.text)
        assert said in problem(answer.text, where), where
        assert 'role="alert"' in answer.text
        assert "<i>" not in answer.text
        kept = submitted(answer.text, "order")
        for name, text in typed.items():
            assert kept.get(name) == text or name.startswith("files") or "color" in name, name


def test_a_problem_is_said_in_russian_too(serg: Reader, files: dict[FileKind, str]) -> None:
    fields = form_of(serg, "trim", **{"files.0.0": "", "config.start_sec": "x"})
    serg.language("ru")
    answer = serg.send("/studio", **fields)
    assert problem(answer.text, "files.0.0") == "Выберите файл."


def test_rows_are_added_moved_and_removed_and_keep_what_was_typed(
    serg: Reader, files: dict[FileKind, str]
) -> None:
    fields = form_of(serg, "text_overlay", **{"config.texts.0.content": "первый"})
    two = submitted(serg.send("/studio", change="add:config.texts", **fields).text, "order")
    two["config.texts.1.content"] = "второй"
    del two["csrf_token"]
    turned = submitted(serg.send("/studio", change="up:config.texts.1", **two).text, "order")
    texts = [turned[f"config.texts.{at}.content"] for at in (0, 1)]
    assert texts == ["второй", "первый"]
    del turned["csrf_token"]
    one = submitted(serg.send("/studio", change="remove:config.texts.0", **turned).text, "order")
    assert one["config.texts.0.content"] == "первый"
    assert "config.texts.1.content" not in one


@pytest.mark.slow
@pytest.mark.parametrize(
    "nonsense",
    [
        {"change": "up:config.texts.0"},
        {"change": "add:config.nothing.0"},
        {"change": "add:config.operations"},
        {"change": "remove:files"},
        {"change": "x"},
        {"change": "add:"},
        {"change": "add:files"},
        {"change": "add:config.operations.0.files"},
        {"change": "add:config.cues.0.text"},
        {"change": f"remove:files.{LONG_NUMBER}"},
        {"change": f"up:config.operations.{LONG_NUMBER}"},
        {"change": "up:files.0.-1", "files.0.-1": "x"},
        {"change": "", f"files.{LONG_NUMBER}": "x", f"config.cues.{LONG_NUMBER}.text": "x"},
        {"plan": "1", "config.color": "#ffffff", "config.color.alpha": LONG_NUMBER},
        {"plan": "1", "config.cues.0.words": "[" * 50_000, "config.cues.0.text": "x"},
        {"plan": "1", "config.cues.0.words": '[{"text": 1}, {}]', "config.cues.0.text": "x"},
    ],
    ids=range(16),
)
@pytest.mark.parametrize("kind", ["trim", "subtitles", "combined"])
def test_no_form_is_too_strange_to_be_answered(
    serg: Reader, file: File, kind: str, nonsense: dict[str, str]
) -> None:
    file()
    for fields in (form_of(serg, kind), {"type": kind}):
        answer = serg.send("/studio", **(fields | nonsense))
        assert answer.status_code in (200, 303, 422), words(answer.text)


def test_the_times_of_words_stay_while_their_cue_does(
    serg: Reader, services: Services, file: File
) -> None:
    sung = [{"start_sec": 0.1, "end_sec": 0.9, "text": "раз"}]
    cues: list[dict[str, Any]] = [
        {"start_sec": 0.0, "end_sec": 1.0, "text": "раз", "words": sung},
        {"start_sec": 1.0, "end_sec": 2.5, "text": "два", "words": sung},
    ]
    order = {"type": "subtitles", "input_files": [file()], "config": {"cues": cues}}
    started = services.edits.start(serg.caller, TaskOrderSchema().load(order), NO_WISHES)
    task = started.job.public_id
    services.edits.cancel(serg.caller, task)
    fields = submitted(serg.page(f"/studio?task={task}"), "order")
    fields |= {"config.cues.1.text": "три"}
    del fields["csrf_token"]
    added = submitted(serg.send("/studio", change="add:config.cues", **fields).text, "order")
    del added["csrf_token"]
    third = {name: str(cues[1][name]) for name in ("start_sec", "end_sec", "text")}
    added |= {f"config.cues.2.{name}": value for name, value in third.items()}
    answer = serg.send("/studio", **added)
    assert answer.status_code == 303, words(answer.text)
    found = job_at(services, answer.location).params["config"]["cues"]
    services.edits.cancel(serg.caller, str(answer.location).rpartition("=")[2])
    assert found[0] == cues[0]
    assert found[1] == {"start_sec": 1.0, "end_sec": 2.5, "text": "три"}
    assert found[2] == {"start_sec": 1.0, "end_sec": 2.5, "text": "два"}


def test_an_order_whose_every_operation_was_removed_is_told_so(serg: Reader, file: File) -> None:
    fields = form_of(serg, "combined")
    bare = serg.send("/studio", change="remove:config.operations.0", **fields)
    none = submitted(bare.text, "order")
    del none["csrf_token"]
    for button in ({}, {"plan": "1"}):
        answer = serg.send("/studio", **none, **button)
        assert answer.status_code == 422
        assert "Length must be between 1 and 50" in answer.text


def test_several_videos_are_joined_in_the_order_of_their_rows(
    serg: Reader, services: Services, file: File
) -> None:
    first, second, third = file(), file(), file()
    fields = form_of(serg, "join")
    assert {fields["files.0.0"], fields["files.0.1"]} == {second, third}, "the newest stand there"
    more = submitted(serg.send("/studio", change="add:files.0", **fields).text, "order")
    del more["csrf_token"]
    more |= {"files.0.0": third, "files.0.1": first, "files.0.2": second}
    answer = serg.send("/studio", **more)
    assert job_at(services, answer.location).params["input_files"] == [third, first, second]


def test_operations_stand_in_a_row_each_with_its_files_and_what_is_wrong_with_it(
    serg: Reader, services: Services, files: dict[FileKind, str]
) -> None:
    fields = form_of(serg, "combined", **{"config.operations.0.config.start_sec": "1"})
    two = submitted(serg.send("/studio", change="add:config.operations", **fields).text, "order")
    two["config.operations.1.type"] = "video_overlay"
    del two["csrf_token"]
    shown = submitted(serg.send("/studio", change="show", **two).text, "order")
    del shown["csrf_token"]
    place = "config.operations.1.files.0.0"
    assert "config.operations.1.files.1.0" not in shown, "its base is what the first one makes"
    shown |= {place: files[FileKind.IMAGE], "config.operations.1.config.opacity": "0.5"}
    wrong = serg.send("/studio", **shown | {"config.operations.1.config.opacity": "2"})
    assert wrong.status_code == 422
    assert problem(wrong.text, "config.operations.1.config.opacity")
    late = serg.send("/studio", **shown | {"config.operations.1.config.start_sec": "9.5"})
    assert "beyond" in problem(late.text, "config.operations.1.config.start_sec")
    empty = serg.send("/studio", **shown | {place: ""})
    assert problem(empty.text, place) == "Choose a file."
    answer = serg.send("/studio", **shown)
    assert answer.status_code == 303, words(answer.text)
    trim, overlay = job_at(services, answer.location).params["config"]["operations"]
    assert (trim["type"], trim["input_files"]) == ("trim", [files[FileKind.VIDEO]])
    assert overlay["input_files"] == [files[FileKind.IMAGE]]
    assert overlay["config"]["opacity"] == 0.5
    again = submitted(serg.page(str(answer.location)), "order")
    assert again[place] == files[FileKind.IMAGE]


def test_each_type_that_may_be_among_others_has_its_form_there(
    serg: Reader, files: dict[FileKind, str]
) -> None:
    for kind in INSIDE:
        fields = form_of(serg, "combined", **{"config.operations.0.type": kind})
        shown = submitted(serg.send("/studio", change="show", **fields).text, "order")
        inner = {name for name in shown if name.startswith("config.operations.0.config.")}
        assert inner, kind
        assert "config.operations.0.config.quality" not in inner, "there is one for the whole"


def test_the_plan_says_what_would_be_done_and_orders_nothing(
    serg: Reader, services: Services, files: dict[FileKind, str]
) -> None:
    fields = form_of(serg, "audio_overlay", **{"config.volume": "0.5"})
    answer = serg.send("/studio", plan="yes", **fields)
    assert answer.status_code == 200
    plan = words(element(answer.text, "plan-head"))
    assert "1920×1080, 30 fps" in plan
    assert "Video track taken as it is" in plan
    assert "Sound track encoded anew" in plan
    assert services.edits.page(serg.caller).total == 0
    assert submitted(answer.text, "order")["config.volume"] == "0.5"


def test_the_same_form_sent_twice_orders_one_task(
    serg: Reader, services: Services, files: dict[FileKind, str]
) -> None:
    fields = form_of(serg, "trim")
    first, again = (serg.send("/studio", **fields).location for _ in range(2))
    assert first == again
    changed = serg.send("/studio", **fields | {"config.end_sec": "3"}).location
    assert changed != first, "another order by the same page is another task"
    assert serg.send("/studio", **form_of(serg, "trim")).location not in {first, changed}
    assert services.edits.page(serg.caller).total == 3
