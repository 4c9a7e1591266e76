"""The page of ASCII videos as it is without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from photoai.models import FileKind, Job
from photoai.services import Services
from photoai.services.ascii import Look
from photoai.services.clock import utcnow
from photoai.services.conversions import ConversionOrder
from photoai.services.jobs import JobDraft, states
from tests.support.forms import submitted
from tests.support.reader import Reader, words
from tests.support.uploads import keep

from .studio import FOUND, MARKUP, File, job_at

pytestmark = pytest.mark.slow

DEFAULTS = {
    "style": "normal", "charset": "", "color": "mono", "text_color": "#00ff00",
    "bg_color": "#000000", "width": "120", "brightness": "1", "contrast": "1", "gamma": "1",
    "dither": "none", "steadiness": "0.5", "fps": "30", "crf": "23", "save_mp4": "true",
}  # fmt: skip
# What is typed, where something is wrong, and what is said of it.
REFUSED = [
    ({"width": "9"}, "width", "10"),
    ({"width": "241"}, "width", "240"),
    ({"width": "wide"}, "width", "integer"),
    ({"fps": "0"}, "fps", "60"),
    ({"crf": "52"}, "crf", "51"),
    ({"gamma": "2.01"}, "gamma", "2"),
    ({"steadiness": "1.1"}, "steadiness", "1"),
    ({"charset": "a"}, "charset", "2 to 256 characters"),
    ({"charset": "abca"}, "charset", "once"),
    ({"charset": "a漢"}, "charset", "Wide characters"),
    ({"charset": "a\u0301b"}, "charset", "Combining characters"),
    ({"text_color": "green"}, "text_color", "A colour such as"),
    ({"style": MARKUP}, "style", "Must be one of"),
    ({"save_mp4": "false"}, "save_mp4", "At least one"),
    ({"file_id": ""}, "file_id", "file"),
    ({"file_id": "9cbb5c5e-8be5-4a2c-8a0b-9e2e55c50c0a"}, "file_id", "There is no such file"),
]
FACTS = {
    "frames": 250, "fps": "25/1", "duration_sec": 10.0, "width": 1920, "height": 1080,
    "columns": 120, "rows": 34, "has_sound": True, "mime": "video/mp4", "size_bytes": 5,
    "has_poster": True,
}  # fmt: skip


def form_of(reader: Reader, **changes: str) -> dict[str, str]:
    fields = submitted(reader.page("/ascii"), "order")
    for name in ("csrf_token", "file"):
        del fields[name]
    return fields | changes


def problem(page: str, name: str) -> str:
    """What is said beside the field of this name."""
    return words("<" + page.partition(f'id="f-{name}-problem"')[2].partition("</span>")[0])


def converted(services: Services, reader: Reader, *kinds: str, file: str) -> Job:
    """A finished conversion that has made files of these kinds."""
    params = ConversionOrder(Look(), fps=25, crf=23).of(file, came_along=False).as_json()
    sizes = dict.fromkeys(kinds, 5)
    with services.store.write("ascii/abcdef012345.1/video.mp4") as stored:
        stored.write(b"12345")
    draft = JobDraft("abcdef012345", reader.caller.id, "ascii", utcnow(), params=params)
    with services.database.begin() as session:
        states.insert_done(
            session, draft, key="ascii/abcdef012345.1/video.mp4", facts=FACTS | {"files": sizes}
        )
    return services.jobs.behind_link("abcdef012345")


def test_the_form_left_alone_orders_the_servers_defaults(
    serg: Reader, services: Services, file: File
) -> None:
    chosen = file()
    fields = form_of(serg)
    assert {name: fields[name] for name in DEFAULTS} == DEFAULTS
    assert fields["file_id"] == chosen
    answer = serg.send("/ascii", **fields)
    assert answer.status_code == 303, words(answer.text)
    order = ConversionOrder.from_json(job_at(services, _task(answer)).params)
    assert order.look.as_json()["width"] == 120
    assert (order.save_mp4, order.save_gif, order.save_txt, order.save_png) == (
        True, False, False, False,
    )  # fmt: skip
    assert (order.file_id, order.came_along) == (chosen, False)


def test_everything_that_is_typed_is_ordered_and_stands_in_the_form_again(
    serg: Reader, services: Services, file: File
) -> None:
    file()
    typed = {
        "style": "edges", "charset": " .<>&\"'", "color": "true", "text_color": "#123456",
        "bg_color": "#654321", "width": "77", "brightness": "1.25", "contrast": "0.5",
        "gamma": "2", "dither": "diffusion", "steadiness": "0", "fps": "12", "crf": "31",
        "gif": "true", "save_txt": "true", "save_png": "true", "shapes": "true",
        "transparent_bg": "true",
    }  # fmt: skip
    answer = serg.send("/ascii", **form_of(serg, **typed))
    assert answer.status_code == 303, words(answer.text)
    order = ConversionOrder.from_json(job_at(services, _task(answer)).params)
    assert (order.look.charset, order.look.width, order.look.shapes) == (" .<>&\"'", 77, True)
    again = submitted(serg.page(str(answer.location)), "order")
    assert {name: again[name] for name in typed} == typed


def test_its_page_tells_the_truth_until_it_is_cancelled(
    serg: Reader, services: Services, file: File
) -> None:
    file()
    answer = serg.send("/ascii", **form_of(serg))
    page, number = serg.page(str(answer.location)), _task(answer).rpartition("=")[2]
    assert "<progress" in page
    again = re.search(r'<noscript>.*content="3;url=([^"]+)".*</noscript>', page, re.DOTALL)
    assert again is not None
    assert again[1] not in serg.page(again[1].replace("&amp;", "&")), "else it is not loaded"
    assert "It waits for its turn." in page
    assert f'data-task="{number}"' in serg.page(f"/ascii/tasks/{number}")
    assert number in serg.page("/ascii/tasks")
    assert serg.send(f"/ascii/tasks/{number}/cancel").location == answer.location
    ended = serg.page(str(answer.location))
    assert "This conversion was cancelled." in ended
    assert "http-equiv" not in ended
    assert serg.send(f"/ascii/tasks/{number}/cancel").status_code == 303, "twice is fine"
    assert serg.send(f"/ascii/tasks/{number}/retry").location == answer.location


@pytest.mark.slow
def test_the_same_form_sent_twice_means_one_conversion(
    serg: Reader, services: Services, file: File
) -> None:
    file()
    fields = form_of(serg)
    first = serg.send("/ascii", **fields).location
    assert serg.send("/ascii", **fields).location == first
    assert serg.send("/ascii", **fields | {"width": "60"}).location != first


@pytest.mark.slow
@pytest.mark.parametrize(("typed", "name", "said"), REFUSED)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(
    serg: Reader, file: File, typed: dict[str, str], name: str, said: str
) -> None:
    file()
    fields = form_of(serg, **typed) | {"contrast": "1.4"}
    answer = serg.send("/ascii", **fields)
    assert answer.status_code in {404, 415, 422}, answer.status_code
    assert said in problem(answer.text, name), problem(answer.text, name)
    assert 'role="alert"' in answer.text
    again = submitted(answer.text, "order")
    assert again["contrast"] == "1.4"
    assert MARKUP not in answer.text


def test_a_sound_is_no_video(serg: Reader, files: dict[FileKind, str]) -> None:
    answer = serg.send("/ascii", **form_of(serg, file_id=files[FileKind.AUDIO]))
    assert answer.status_code in {415, 422}
    assert problem(answer.text, "file_id")


def test_only_what_moves_and_is_ones_own_can_be_chosen(
    serg: Reader, reader: Callable[[str], Reader], services: Services, files: dict[FileKind, str],
    file: File,
) -> None:  # fmt: skip
    theirs = file(owner=reader("igor"))
    gif = keep(services, serg.caller.id, FileKind.IMAGE, FOUND[FileKind.IMAGE])
    page = serg.page("/ascii")
    assert f'value="{files[FileKind.VIDEO]}"' in page
    for other in (files[FileKind.AUDIO], files[FileKind.IMAGE], gif, theirs):
        assert f'value="{other}"' not in page, "a PNG does not move"
    assert submitted(serg.page(f"/ascii?file={theirs}"), "order")["file_id"] != theirs


def test_a_gif_is_sent_with_the_form_and_converted(serg: Reader, services: Services) -> None:
    frames = [Image.new("RGB", (32, 16), color) for color in ("red", "blue")]
    data = io.BytesIO()
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=100)
    fields: dict[str, Any] = form_of(serg, charset="a")
    sent: Any = {"file": (io.BytesIO(data.getvalue()), "моё.gif", "image/gif")}
    refused = serg.send("/ascii", **fields, **sent)
    assert problem(refused.text, "charset")
    kept = submitted(refused.text, "order")["file_id"]
    assert services.files.get(serg.caller, kept).name == "моё.gif", "it need not be sent again"
    answer = serg.send("/ascii", **fields | {"charset": "", "file_id": kept})
    assert answer.status_code == 303, words(answer.text)
    assert job_at(services, _task(answer)).params["file_id"] == kept


def test_what_was_made_can_be_seen_and_had(serg: Reader, services: Services, file: File) -> None:
    job = converted(services, serg, "mp4", "txt", "png", "poster", file=file())
    page = serg.page(f"/ascii?task={job.public_id}")
    own = f"/api/v1/download/{job.public_id}"
    assert (
        f'<video class="player" controls loop playsinline preload="metadata" poster="{own}/' in page
    )
    for name in ("video", "txt", "png", "frames"):
        assert f'href="{own}/{name}"' in page
    assert f'href="{own}/gif"' not in page
    assert "120×34 characters · 1920×1080 · 25 fps · 10 s" in words(page)
    assert f'data-before="/api/v1/files/{job.params["file_id"]}/content"' in page
    assert f'data-copy-of="{own}"' in page
    mounted = serg.page(f"/scotch/ascii?task={job.public_id}")
    assert f'href="/scotch{own}/video"' in mounted
    assert 'action="/scotch/ascii"' in mounted


@pytest.mark.slow
def test_pictures_alone_show_their_first_one(serg: Reader, services: Services, file: File) -> None:
    job = converted(services, serg, "png", file=file())
    page = serg.page(f"/ascii/tasks/{job.public_id}")
    assert f'src="/api/v1/download/{job.public_id}/frame_000000.png"' in page
    assert "data-compare" not in page


@pytest.mark.slow
def test_the_page_is_whole_in_both_languages(serg: Reader, file: File) -> None:
    file()
    assert "Turn it into ASCII" in serg.page("/ascii")
    serg.language("ru")
    page = serg.page("/ascii")
    for said in ("Превратить в ASCII", "Брайль", "Как в видео", "Свои знаки", "Видео из букв"):
        assert said in page


def _task(answer: Any) -> str:
    """The address without the place on its page."""
    return str(answer.location).partition("#")[0]
