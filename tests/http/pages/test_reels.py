"""The page of reels as it is without JavaScript."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from photoai.models import FileKind, Job, Reel
from photoai.services import Services
from photoai.services.clock import utcnow
from photoai.services.jobs import JobDraft, states
from photoai.services.reels import REELS, ReelOrder
from tests.emulators.gemini_video_answers import good, hostile
from tests.support.clips import Clips
from tests.support.forms import submitted
from tests.support.reader import Reader, words
from tests.support.reels import facts

from .studio import MARKUP, File

pytestmark = pytest.mark.slow

NOBODYS = "9cbb5c5e-8be5-4a2c-8a0b-9e2e55c50c0a"
# What is typed, where something is wrong, and what is said of it.
REFUSED = [
    ({"file_id": ""}, "file_id", "file"),
    ({"file_id": NOBODYS}, "file_id", "There is no such file"),
    ({"target_language": "xx"}, "target_language", "ISO 639-1"),
    ({"target_language": MARKUP}, "target_language", "ISO 639-1"),
    ({"variants": "4"}, "variants", "3"),
    ({"variants": "many"}, "variants", "integer"),
]
TOLD = {"target_language": "en", "scripts": 2}
SAID = {
    "model": "gemini-3.8-flash", "model_version": "gemini-3.8-flash-001",
    "usage": {"input": 8000, "audio": 1000, "text": 900, "thoughts": 100, "total": 9000},
    "cost": 0.0123, "cache_hit": False, "repairs": 1, "warnings": ["Not every shot was described."],
    "timings": {"total": 6.5, "watching": 4.5}, "prompt_version": "1", "target_language": "en",
    "file_name": "моё.mp4",
}  # fmt: skip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return Clips(tmp_path).make("red", sec=0.4)


def form_of(reader: Reader, **changes: str) -> dict[str, str]:
    fields = submitted(reader.page("/reels"), "order")
    for name in ("csrf_token", "video"):
        del fields[name]
    return fields | changes


def problem(page: str, name: str) -> str:
    """What is said beside the field of this name."""
    return words("<" + page.partition(f'id="f-{name}-problem"')[2].partition("</span>")[0])


def job_of(services: Services, answer: Any) -> Job:
    return services.jobs.behind_link(number_in(str(answer.location)))


def number_in(address: str) -> str:
    found = re.search(r"task=([\w-]+)", address)
    assert found is not None, address
    return found[1]


def analysed(
    services: Services, reader: Reader, file: str, made: Callable[[Any], Any] = good, **more: Any
) -> str:
    """A finished analysis of a clip of three shots; its number."""
    measured = facts(**more)
    answer = {**SAID, **made({**measured, **TOLD})}
    params = ReelOrder("en", 2).of(file, came_along=False).as_json()
    draft = JobDraft("abcdef012345", reader.caller.id, REELS, utcnow(), params=params)
    shown = {name: answer[name] for name in ("cost", "cache_hit")}
    with services.database.begin() as session:
        states.insert_done(session, draft, key="reels/abcdef012345.1.json", facts=shown)
    job = services.jobs.behind_link("abcdef012345")
    reel = Reel(job_id=job.id, facts=measured, analysis=answer, made_at=utcnow())
    with services.database.begin() as session:
        session.add(reel)
    return "abcdef012345"


def test_the_form_left_alone_orders_one_script_in_russian(
    serg: Reader, services: Services, file: File
) -> None:
    chosen = file()
    fields = form_of(serg, file_id=chosen)
    assert (fields["target_language"], fields["variants"]) == ("ru", "1")
    answer = serg.send("/reels", **fields)
    assert answer.status_code == 303, words(answer.text)
    order = ReelOrder.from_json(job_of(services, answer).params)
    assert order == ReelOrder("ru", 1, chosen)
    assert serg.send("/reels", **fields).location == answer.location, "the same form, sent twice"


def test_what_was_wished_stands_in_the_form_again(serg: Reader, file: File) -> None:
    typed = {"file_id": file(), "target_language": "kk", "variants": "3"}
    answer = serg.send("/reels", **form_of(serg, **typed))
    again = submitted(serg.page(str(answer.location).partition("#")[0]), "order")
    assert {name: again[name] for name in typed} == typed


@pytest.mark.parametrize(("typed", "name", "said"), REFUSED)
def test_what_is_wrong_stands_beside_its_field(
    serg: Reader, file: File, typed: dict[str, str], name: str, said: str
) -> None:
    answer = serg.send("/reels", **form_of(serg, file_id=file()) | typed)
    assert answer.status_code in {404, 415, 422}, answer.status_code
    assert said in problem(answer.text, name), problem(answer.text, name)
    assert 'role="alert"' in answer.text
    assert MARKUP not in answer.text


def test_a_sound_is_no_video(serg: Reader, files: dict[FileKind, str]) -> None:
    page = serg.page("/reels")
    assert f'value="{files[FileKind.AUDIO]}"' not in page
    answer = serg.send("/reels", **form_of(serg, file_id=files[FileKind.AUDIO]))
    assert answer.status_code == 415
    assert "MP4, MOV or WebM" in problem(answer.text, "file_id")


def test_a_video_is_sent_with_the_form(serg: Reader, services: Services, clip: Path) -> None:
    fields: dict[str, Any] = form_of(serg, variants="9")
    sent: Any = {"video": (io.BytesIO(clip.read_bytes()), "моё.mp4", "video/mp4")}
    refused = serg.send("/reels", **fields, **sent)
    assert problem(refused.text, "variants")
    kept = submitted(refused.text, "order")["file_id"]
    assert services.files.get(serg.caller, kept).name == "моё.mp4", "it need not be sent again"
    answer = serg.send("/reels", **fields | {"variants": "2", "file_id": kept})
    assert answer.status_code == 303, words(answer.text)


def test_its_page_tells_the_truth_until_it_is_cancelled_and_tried_again(
    serg: Reader, file: File
) -> None:
    answer = serg.send("/reels", **form_of(serg, file_id=file()))
    page, number = serg.page(str(answer.location)), number_in(str(answer.location))
    assert "<progress" in page
    again = re.search(r'<noscript>.*content="3;url=([^"]+)".*</noscript>', page, re.DOTALL)
    assert again is not None
    assert again[1] not in serg.page(again[1].replace("&amp;", "&")), "else it is not loaded"
    assert f'data-task="{number}"' in serg.page(f"/reels/tasks/{number}")
    assert number in serg.page("/reels/tasks")
    for _ in range(2):
        assert serg.send(f"/reels/tasks/{number}/cancel").location == answer.location
    ended = serg.page(str(answer.location))
    assert "This analysis was cancelled." in ended
    assert "http-equiv" not in ended
    assert serg.send(f"/reels/tasks/{number}/retry").location == answer.location


def test_without_a_key_it_says_so_before_anything_is_sent(serg: Reader) -> None:
    page = serg.page("/reels")
    assert "No key of Gemini is set." in page
    assert "Google" not in page
    assert "Measure it" in page


def test_what_was_found_out_can_be_read_and_had(
    serg: Reader, services: Services, file: File
) -> None:
    chosen = file()
    number = analysed(services, serg, chosen)
    page = serg.page(f"/reels?task={number}")
    own = f"/api/reels/{number}"
    for said in (
        "[en] перевод", "[en] Ключ 5", "[en] Крупный план", "[en] Вариант 1", "[en] Совет: Звук.",
        "[en] Вопрос в кадре", "[en] План 3", "Not every shot was described.",
        "gemini-3.8-flash-001", "−16.2 LUFS", "$0.0123", "Tokens 9,000",
    ):  # fmt: skip
        assert said in words(page), said
    for name in (".srt", ".srt?lang=translation", ".md", ".json"):
        assert f'href="{own}{name}"' in page
    assert f'href="{own}/video#t=4.0" data-seek="4.0" data-until="5.8"' in page
    assert 'style="' not in page
    mounted = serg.page(f"/scotch/reels?task={number}")
    assert f'href="/scotch{own}.md"' in mounted
    assert 'action="/scotch/reels"' in mounted
    serg.language("ru")
    page = serg.page(f"/reels?task={number}")
    for said in ("Ключи к успеху", "Описаны не все планы.", "Черновик склейки", "0,0123 $"):
        assert said in words(page), said
    services.files.delete(serg.caller, chosen)
    page = serg.page(f"/reels?task={number}")
    assert "Самого видео здесь больше нет." in page
    for gone in ("data-seek", "<video", "/burn"):
        assert gone not in page, gone


def test_what_a_video_says_is_text(serg: Reader, services: Services, file: File) -> None:
    def cleaned(about: Any) -> dict[str, Any]:
        answer = hostile(about)
        answer["script"][0]["note"] = MARKUP  # what nobody can keep is kept out before
        return answer

    number = analysed(services, serg, file(), cleaned)
    for page in (serg.page(f"/reels?task={number}"), serg.page(f"/merge?reel={number}")):
        assert "alert(1)</script>" not in page
        assert "</title><b>" not in page
        assert MARKUP not in page


def test_silence_has_no_lines_and_no_subtitles(
    serg: Reader, services: Services, file: File
) -> None:
    number = analysed(services, serg, file(), has_sound=False, loudness=None)
    page = serg.page(f"/reels/tasks/{number}")
    assert "Nothing is said in this video." in page
    assert ".srt" not in page
    assert "/burn" not in page
    refused = serg.send(f"/reels/tasks/{number}/burn", lang="original", style="classic")
    assert refused.status_code == 409
    assert serg.send(f"/reels/tasks/{number}/burn", lang="none").status_code == 422


def test_a_script_is_the_shooting_list_of_a_merge(
    serg: Reader, services: Services, file: File
) -> None:
    number = analysed(services, serg, file())
    for path in (f"/merge?reel={number}", f"/merge?reel={number}&script=1"):
        page = serg.page(path)
        assert "0–6 с — [en] Крупный план" in page
        assert '<option value="9:16" selected>' in page
    fields = {"video_urls": ["", "ftp://x"], "wish": ["0–6 с — A", "6–12 с — B"]}
    refused = serg.send("/merge", **fields)
    assert refused.status_code == 422
    assert "0–6 с — A" in refused.text, "what was not filmed yet is not forgotten"
    for nonsense in ("9", "-1", "x", ""):
        assert serg.get(f"/merge?reel={number}&script={nonsense}").status_code == 200


def test_only_ones_own_is_shown_and_only_until_it_is_deleted(
    serg: Reader, reader: Callable[[str], Reader], services: Services, file: File
) -> None:
    number = analysed(services, serg, file())
    igor = reader("igor")
    for path in (f"/reels?task={number}", f"/reels/tasks/{number}", f"/merge?reel={number}"):
        assert igor.get(path).status_code == 404
    assert igor.send(f"/reels/tasks/{number}/delete").status_code == 404
    assert serg.send(f"/reels/tasks/{number}/delete").status_code == 303
    assert serg.get(f"/reels?task={number}").status_code == 404
    assert number not in serg.page("/reels/tasks")


def test_what_is_too_old_says_so(serg: Reader, services: Services, file: File) -> None:
    number = analysed(services, serg, file())
    job = services.jobs.behind_link(number)
    with services.database.begin() as session:
        reel = session.get(Reel, job.id)
        assert reel is not None
        reel.facts = reel.analysis = None
        reel.made_at = utcnow() - timedelta(days=30)
    assert "What was found out has been deleted" in serg.page(f"/reels?task={number}")
