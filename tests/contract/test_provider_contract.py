"""What `photoai/services/providers/port.py` promises, asked of every provider alike.

Adding a provider takes its class and a line in the table; here it takes a case in
`tests/support/worlds.py`. The example provider shows how little that is.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import shutil
import time
import traceback
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from photoai.app import create_app, services_of
from photoai.blueprints.guard import issue_token
from photoai.config import Config
from photoai.errors import (
    PhotoaiError,
    ProviderBadAnswer,
    ProviderError,
    ProviderNotConfigured,
    ProviderOverloaded,
    ProviderRefused,
    ProviderTimeout,
)
from photoai.models import Role, User
from photoai.services.accounts import Caller
from photoai.services.calls import Calls
from photoai.services.photos import (
    JPEG,
    PNG,
    Output,
    PhotoLimits,
    Picture,
    finish,
    inspect,
    prepare,
)
from photoai.services.providers import PROVIDERS, Answer, Ask, Provider
from tests.conftest import config_in
from tests.emulators.example import ExampleEmulator
from tests.support import example, photos
from tests.support.example import ExampleProvider
from tests.support.slowpoke import Slowpoke
from tests.support.tagged import CAMERA, OWNER, PLACE, tagged
from tests.support.waiting import wait_until
from tests.support.worlds import CASES, NOBODY_THERE, WITH_EXAMPLE, Case, Wish, World

pytestmark = pytest.mark.slow
LIMITS = PhotoLimits(max_bytes=250_000_000)
OUTPUTS = (Output(JPEG, 90, 512, 512), Output(PNG, 90, 240, 320))
TROUBLES = {"slow", "too slow", "dripping", "refused", "overloaded", "no image"}
SPARE_SEC = 0.5
WORDS_AT_ONCE = 8
# Typed into the environment; the settings page takes none of them.
ODD_KEYS = ("broken\nkey-4711", "ключ-4711")
TAGGED = tagged()
PRIVATE = (OWNER, CAMERA, PLACE, "Exif")
PHOTO = prepare(TAGGED, LIMITS, accepted=(JPEG,))
SCENE = Picture(photos.jpeg(400, 400, seed=1), JPEG, 400, 400)
LAYER = Picture(photos.png(200, 200), PNG, 200, 200)
IMAGES = {"reference": SCENE, "base": SCENE, "overlay": LAYER, "face": PHOTO}


def ask(case: Case, wish: Wish, seconds: float = 20, output: Output = OUTPUTS[0]) -> Ask:
    """What a slot of that provider asks for its guest's photo."""
    facts: dict[str, Any] = {"images": {}, "settings": {}}
    if wish.operation in case.entry.operations:
        operation = WITH_EXAMPLE.operations[wish.operation]
        facts["images"] = {name: IMAGES[name] for name in operation.needs if name in IMAGES}
        media = {f"{name}_media_id": str(uuid.uuid4()) for name in facts["images"]}
        schema = operation.settings_schema
        words = dict.fromkeys(schema["required"], "the hat")
        said = {**words, "prompt": wish.prompt, **media}
        said = {name: each for name, each in said.items() if name in schema["properties"]}
        facts["settings"] = WITH_EXAMPLE.settled(case.provider, wish.operation, said)
    made = Ask(
        job_id=str(uuid.uuid4()),
        user_id=1,
        operation=wish.operation,
        prompt=wish.prompt,
        photo=PHOTO,
        output=output,
        deadline=time.monotonic() + seconds,
        **facts,
    )
    return dataclasses.replace(made, **wish.facts)


def finished(provider: Provider, asked: Ask) -> tuple[Answer, bytes]:
    """As a job does it: what cannot be made into the booth's photo is a bad answer."""
    answer = provider.finish(asked)
    try:
        return answer, finish(answer.image, asked.output, LIMITS)
    except PhotoaiError as error:
        raise ProviderBadAnswer from error


@pytest.fixture(scope="module")
def calls(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Calls]:
    folder = tmp_path_factory.mktemp("calls")
    shutil.copytree(prepared, folder, dirs_exist_ok=True)
    services = services_of(create_app(config_in(folder)))
    yield Calls(services.database)
    services.shut_down()


@pytest.fixture(scope="module")
def worlds(calls: Calls) -> Iterator[Callable[[Case], World]]:
    """Each is made when it is first needed, and its provider has worked once."""
    made: dict[str, World] = {}
    with ExitStack() as stack:

        def find(case: Case) -> World:
            if str(case) not in made:
                made[str(case)] = stack.enter_context(case.world(calls))
                made[str(case)].provider().finish(ask(case, case.warm))
            made[str(case)].clear()
            return made[str(case)]

        yield find


@pytest.fixture
def world(worlds: Callable[[Case], World], case: Case) -> World:
    return worlds(case)


@pytest.fixture
def provider(world: World) -> Provider:
    return world.provider()


def of(cases: Iterable[Case]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", cases, ids=str)


def who_meets(trouble: str) -> list[Case]:
    return [case for case in CASES if trouble in case.says]


SERVERS = who_meets("slow")
KEYED = [case for case in CASES if case.wrong_keys]


def test_every_provider_of_the_table_is_here_and_answers_for_every_trouble() -> None:
    assert {case.provider for case in CASES} == {*PROVIDERS, "example"}
    for case in CASES:
        assert case.says.keys() | case.cannot.keys() == TROUBLES, case
        assert not case.says.keys() & case.cannot.keys(), case


@pytest.mark.parametrize("output", OUTPUTS, ids=lambda output: output.mime)
@pytest.mark.parametrize(
    ("case", "operation"),
    [(case, operation) for case in CASES for operation in case.entry.operations],
    ids=str,
)
def test_every_operation_of_the_catalogue_ends_in_the_booths_photo(
    case: Case, operation: str, output: Output, provider: Provider
) -> None:
    assert provider.configured()
    wish = dataclasses.replace(case.warm, operation=operation)
    answer, image = finished(provider, ask(case, wish, output=output))
    made = photos.opened(image)
    assert made.size == (output.width, output.height)
    assert inspect(io.BytesIO(image), LIMITS).mime == output.mime
    assert answer.model
    assert answer.cost is None or answer.cost >= 0
    assert all(type(count) is int and count >= 0 for count in answer.usage.values())
    assert json.dumps([dict(answer.usage), dict(answer.notes)]), "both are kept with the job"


@of(KEYED)
def test_without_a_key_nobody_is_asked(case: Case, world: World) -> None:
    provider = world.provider(key="")
    assert not provider.configured()
    with pytest.raises(ProviderNotConfigured):
        provider.finish(ask(case, case.warm))
    assert world.requests() == 0
    assert world.received() == set()


@pytest.mark.parametrize(
    ("case", "key"), [(c, key) for c in KEYED for key in c.wrong_keys], ids=str
)
def test_a_wrong_key_is_told_and_never_shown(case: Case, key: str, world: World) -> None:
    with pytest.raises(ProviderNotConfigured) as refused:
        world.provider(key=key).finish(ask(case, case.warm))
    assert not refused.value.retryable
    assert_hidden(key, refused.value)


@of(KEYED)
@pytest.mark.parametrize("key", ODD_KEYS, ids=ascii)
def test_a_key_no_header_can_carry_is_a_wrong_one(case: Case, key: str, world: World) -> None:
    with pytest.raises(ProviderNotConfigured) as refused:
        world.provider(key=key).finish(ask(case, case.warm, seconds=0.4))
    assert_hidden(key, refused.value)


def assert_hidden(key: str, error: BaseException) -> None:
    told = "".join(traceback.format_exception(error))
    for shown in (told, *map(repr, everything(error))):
        assert key not in shown
        assert repr(key)[1:-1] not in shown


def everything(error: BaseException | None) -> Iterator[object]:
    """What a log may show of an error and of those behind it."""
    while error is not None:
        yield from (error, str(error), vars(error))
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


@of(who_meets("refused"))
def test_a_refusal_is_final(case: Case, provider: Provider) -> None:
    with pytest.raises(ProviderRefused) as refused:
        provider.finish(ask(case, case.says["refused"]))
    assert not refused.value.retryable


@of(who_meets("overloaded"))
def test_an_overload_is_worth_another_try(case: Case, provider: Provider) -> None:
    with pytest.raises(ProviderOverloaded) as refused:
        provider.finish(ask(case, case.says["overloaded"]))
    assert refused.value.retryable


@of(who_meets("no image"))
def test_an_answer_without_an_image_is_a_bad_one(case: Case, provider: Provider) -> None:
    with pytest.raises(ProviderBadAnswer):
        finished(provider, ask(case, case.says["no image"]))


@of(SERVERS)
def test_a_server_that_is_gone_counts_as_overloaded(case: Case, world: World) -> None:
    with pytest.raises(ProviderOverloaded) as refused:
        world.provider(url=NOBODY_THERE).finish(ask(case, case.warm))
    assert refused.value.retryable


@of(CASES)
def test_a_deadline_that_has_passed_is_kept(case: Case, provider: Provider) -> None:
    with pytest.raises(ProviderTimeout):
        in_time(provider, ask(case, case.warm, seconds=-0.1))


@pytest.mark.parametrize(
    ("case", "trouble"),
    [(c, trouble) for trouble in ("too slow", "dripping") for c in CASES if trouble in c.says],
    ids=str,
)
def test_the_deadline_holds(case: Case, trouble: str, provider: Provider) -> None:
    with pytest.raises(ProviderTimeout):
        in_time(provider, ask(case, case.says[trouble], seconds=0.4))


@of(SERVERS)
def test_the_deadline_holds_at_a_server_that_says_nothing(case: Case, world: World) -> None:
    with Slowpoke(drips=False) as server, pytest.raises(ProviderTimeout):
        in_time(world.provider(url=server.url), ask(case, case.warm, seconds=0.4))


@of(SERVERS)
def test_the_deadline_holds_at_a_server_that_drips(case: Case, world: World) -> None:
    with Slowpoke(drips=True) as server, pytest.raises(ProviderTimeout):
        in_time(world.provider(url=server.url), ask(case, case.warm, seconds=0.4))


def in_time(provider: Provider, asked: Ask) -> None:
    try:
        provider.finish(asked)
    finally:
        assert asked.seconds_left > -SPARE_SEC


@of(CASES)
@pytest.mark.filterwarnings("ignore:.* is not a valid FinishReason")
def test_whatever_is_said_only_errors_of_providers_come_out(case: Case, provider: Provider) -> None:
    def outcome(wish: Wish) -> object:
        asked = ask(case, wish, seconds=1.5)
        try:
            return type(provider.finish(asked))
        except Exception as error:  # noqa: BLE001 - it is judged below
            return type(error) if asked.seconds_left > -SPARE_SEC else "late"

    with ThreadPoolExecutor(WORDS_AT_ONCE) as pool:
        outcomes = dict(zip(map(str, case.words), pool.map(outcome, case.words), strict=True))
    assert {
        words: end
        for words, end in outcomes.items()
        if not (isinstance(end, type) and issubclass(end, ProviderError | Answer))
    } == {}
    assert ProviderError not in outcomes.values(), "the root says nothing"
    assert {words: outcomes[words] for words in case.harmless} == dict.fromkeys(
        case.harmless, Answer
    )


@of(SERVERS)
def test_calls_overlap(case: Case, provider: Provider) -> None:
    asks = [ask(case, case.says["slow"]) for _ in range(5)]
    started = time.monotonic()
    with ThreadPoolExecutor(len(asks)) as pool:
        answers = list(pool.map(provider.finish, asks))
    assert 1.0 <= time.monotonic() - started < 2.5
    assert all(answer.image for answer in answers)


@of(CASES)
def test_nothing_but_the_picture_is_shown_to_anybody(
    case: Case, world: World, provider: Provider
) -> None:
    assert all(words.encode() in TAGGED for words in PRIVATE), "the guest's photo has them"
    answer = provider.finish(ask(case, case.warm))
    assert not [words for words in PRIVATE if words.encode() in answer.image]
    if received := world.received():
        assert received == {hashlib.sha256(PHOTO.data).hexdigest()}
    assert not [words for words in PRIVATE if words.encode() in PHOTO.data]


@pytest.fixture
def app(
    config: Config, prepared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Flask]:
    """The application at work with one line more in its table."""
    shutil.copytree(prepared, tmp_path, dirs_exist_ok=True)
    known = dataclasses.replace(config, providers_file=example.catalogue(tmp_path))
    with ExampleEmulator() as emulator:
        monkeypatch.setenv("EXAMPLE_URL", emulator.url)
        app = create_app(known, {**PROVIDERS, "example": ExampleProvider})
        services_of(app).start()
        wait_until(lambda: services_of(app)._queue.elected, 10, "it hands out jobs")
        yield app
        services_of(app).shut_down()


@pytest.fixture
def serg(app: Flask) -> FlaskClient:
    with services_of(app).database.read() as session:
        user = session.query(User).filter_by(username="serg").one()
    with app.test_request_context():
        token = issue_token(Caller(user.id, user.username, Role(user.role)))
    client = app.test_client(use_cookies=False)
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


def test_a_new_provider_takes_a_class_and_a_line(serg: FlaskClient) -> None:
    listed = {each["id"]: each for each in serg.get("/api/providers").get_json()["providers"]}
    assert listed.keys() == {*PROVIDERS, "example"}
    assert (listed["example"]["configured"], listed["example"]["healthy"]) == (True, True)
    slot = {
        "provider_id": "example",
        "operation_id": "change_image",
        "settings_json": {"prompt": "delay=0"},
    }
    form = {"settings": json.dumps(slot), "photo": (io.BytesIO(TAGGED), "a.jpg")}
    run = serg.post("/api/slots/slot-007/test", data=form, headers={"Prefer": "wait=20"})
    job = run.get_json()
    assert (run.status_code, job["state"]) == (200, "succeeded"), job
    assert job["result"]["model"] == "example-1"
    image = serg.get(f"/api/tasks/{job['id']}/result", buffered=True).data
    assert photos.opened(image).size == (512, 512)
