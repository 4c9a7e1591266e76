"""Every provider in its surroundings: a world has its server, and a case says what to tell it so
that something happens. `tests/contract/test_provider_contract.py` judges them all."""

from __future__ import annotations

import dataclasses
import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest

from photoai.config import ROOT, Config
from photoai.errors import PhotoaiError
from photoai.services.calls import Calls
from photoai.services.catalogue import Catalogue, ProviderEntry
from photoai.services.photos import JPEG, Picture
from photoai.services.providers import PROVIDERS, Provider
from tests.emulators import (
    gemini,
    gemini_answers,
    openai,
    openai_answers,
    turbotext,
    turbotext_ask,
)
from tests.emulators.example import ExampleEmulator
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.openai import OpenaiEmulator
from tests.emulators.turbotext import TurbotextEmulator
from tests.emulators.turbotext_client import Home, Visit

from . import photos
from .example import ExampleProvider
from .means import means

CATALOGUE = Catalogue.load(ROOT / "configs" / "providers.json")
EXAMPLES = dataclasses.replace(
    CATALOGUE.providers["local"], id="example", operations=("change_image", "style_transfer")
)
WITH_EXAMPLE = Catalogue({**CATALOGUE.providers, "example": EXAMPLES}, CATALOGUE.operations)
TABLE = {**PROVIDERS, "example": ExampleProvider}
NOBODY_THERE = "http://127.0.0.1:1"
POLL_EVERY_SEC = 0.1
NO_FACE = Picture(photos.jpeg(200, 200), JPEG, 200, 200)
NO_PHOTO = Picture(b"\xff\xd8 this is no photo", JPEG, 640, 480)
PLAIN_WORDS = "Сделай, как у Моне 🎉\nи потеплее"


@dataclass(frozen=True)
class Wish:
    """What is asked; `facts` replace those of the ask."""

    prompt: str = ""
    operation: str = "change_image"
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.prompt or self.operation}{sorted(self.facts) or ''}"


class World(Protocol):
    """A provider and its server."""

    def provider(self, *, key: str | None = None, url: str | None = None) -> Provider:
        """A new one; None is the right key, and the address of its server."""

    def requests(self) -> int:
        """How many have reached its server since the last `clear`."""

    def received(self) -> set[str]:
        """The SHA-256 of every picture its server has got."""

    def clear(self) -> None:
        """Forget what was asked."""


@dataclass(frozen=True)
class Case:
    """`says` has a wish for each trouble, `cannot` the reason why it never meets it; `words` are
    all the ways its server, or whoever asks, can misbehave; those that are `harmless` end in
    an answer all the same."""

    provider: str
    world: Callable[[Calls], AbstractContextManager[World]]
    says: Mapping[str, Wish]
    cannot: Mapping[str, str]
    words: tuple[Wish, ...]
    warm: Wish = Wish("delay=0")
    wrong_keys: tuple[str, ...] = ()
    harmless: tuple[str, ...] = ()
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.provider

    @property
    def entry(self) -> ProviderEntry:
        return WITH_EXAMPLE.providers[self.provider]


class LocalWorld:
    def provider(self, *, key: str | None = None, url: str | None = None) -> Provider:
        return TABLE["local"](means(Config(), CATALOGUE))

    def requests(self) -> int:
        return 0

    def received(self) -> set[str]:
        return set()

    def clear(self) -> None:
        """There is nothing."""


class GeminiWorld:
    def __init__(self, emulator: GeminiEmulator) -> None:
        self._emulator = emulator
        self.clear = emulator.clear

    def provider(self, *, key: str | None = None, url: str | None = None) -> Provider:
        config = dataclasses.replace(
            Config(),
            gemini_api_key=gemini.KEY if key is None else key,
            gemini_base_url=url or self._emulator.url,
        )
        return TABLE["gemini"](means(config, CATALOGUE))

    def requests(self) -> int:
        return len(self._emulator.seen())

    def received(self) -> set[str]:
        found: set[str] = set()
        for request in self._emulator.seen():
            asked = request["json"] or {}
            for content in asked.get("contents", []):
                found |= {part["inlineData"]["sha256"] for part in content["parts"][:1]}
        return found


class OpenaiWorld:
    def __init__(self, emulator: OpenaiEmulator) -> None:
        self._emulator = emulator
        self.clear = emulator.clear

    def provider(self, *, key: str | None = None, url: str | None = None) -> Provider:
        config = dataclasses.replace(
            Config(),
            openai_api_key=openai.KEY if key is None else key,
            openai_base_url=url or self._emulator.base_url,
        )
        return TABLE["openai"](means(config, CATALOGUE))

    def requests(self) -> int:
        return len(self._emulator.seen())

    def received(self) -> set[str]:
        return {each["images"][0]["sha256"] for each in self._emulator.seen() if each["images"]}


class TurbotextWorld:
    """Pictures are shown at home, where the vendor's deliveries come to as well; a provider that
    `is_told` gets them, another one has to poll."""

    def __init__(
        self, emulator: TurbotextEmulator, home: Doorstep, calls: Calls, is_told: bool
    ) -> None:
        self._emulator, self._home, self._calls, self._is_told = emulator, home, calls, is_told

    def provider(self, *, key: str | None = None, url: str | None = None) -> Provider:
        entry = CATALOGUE.providers["turbotext"]
        protocol = {**entry.protocol, "poll_every_sec": POLL_EVERY_SEC}
        hasty = {"turbotext": dataclasses.replace(entry, protocol=protocol)}
        config = dataclasses.replace(
            Config(),
            turbotext_api_key=turbotext.KEY if key is None else key,
            turbotext_base_url=f"{url or self._emulator.url}/api_ai",
            public_base_url=self._home.url,
        )
        catalogue = Catalogue({**CATALOGUE.providers, **hasty}, CATALOGUE.operations)
        made = TABLE["turbotext"](
            means(config, catalogue, publish=self._publish, calls=self._calls)
        )
        self._home.guest = made if self._is_told else None
        return made

    def _publish(self, user_id: int, picture: Picture, ttl_sec: float) -> str:
        assert ttl_sec > 0
        path = f"/{uuid.uuid4()}.jpg"
        self._home.pages[path] = picture.data
        return self._home.url + path

    def requests(self) -> int:
        seen = self._emulator.seen()
        return len(seen["creates"]) + sum(seen["polls"].values())

    def received(self) -> set[str]:
        return {hashlib.sha256(self._home.pages[path]).hexdigest() for path in self._home.asked}

    def clear(self) -> None:
        self._emulator.clear()
        self._home.clear()


class Doorstep(Home):
    """A home that hands what is brought to its guest, as the webhooks' address does."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = Delivery
        self.guest: Any = None


class Delivery(Visit):
    def do_POST(self) -> None:  # noqa: N802 - its name at http.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        guest = self.server.guest  # type: ignore[attr-defined]
        try:
            if guest is not None:
                guest.delivered(self.path.rpartition("/")[2], body)
        except PhotoaiError:
            self._answer(404, b"")
        else:
            self._answer(404 if guest is None else 200, b"")


class ExampleWorld:
    """Its server keeps nothing but sends the photo back, which is all there is to see."""

    def __init__(self, emulator: ExampleEmulator) -> None:
        self._emulator = emulator

    def provider(self, *, key: str | None = None, url: str | None = None) -> Provider:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EXAMPLE_URL", url or self._emulator.url)
            return TABLE["example"](means(Config(), WITH_EXAMPLE))

    def requests(self) -> int:
        return 0

    def received(self) -> set[str]:
        return set()

    def clear(self) -> None:
        """There is nothing."""


@contextmanager
def local_world(calls: Calls) -> Iterator[World]:
    yield LocalWorld()


@contextmanager
def gemini_world(calls: Calls) -> Iterator[World]:
    with GeminiEmulator() as emulator:
        yield GeminiWorld(emulator)


@contextmanager
def openai_world(calls: Calls) -> Iterator[World]:
    with OpenaiEmulator() as emulator:
        yield OpenaiWorld(emulator)


def turbotext_world(*, is_told: bool) -> Callable[[Calls], AbstractContextManager[World]]:
    @contextmanager
    def world(calls: Calls) -> Iterator[World]:
        with TurbotextEmulator() as emulator, Doorstep() as home:
            yield TurbotextWorld(emulator, home, calls, is_told)  # type: ignore[arg-type]

    return world


@contextmanager
def example_world(calls: Calls) -> Iterator[World]:
    with ExampleEmulator() as emulator:
        yield ExampleWorld(emulator)


def documented(module: Any, **values: str) -> tuple[Wish, ...]:
    """Every word in the table of an emulator's docstring, `values` in place of its capitals."""
    rows = [line.split("|")[1] for line in module.__doc__.splitlines() if line.startswith("| `")]
    words = [word for row in rows for word in re.findall(r"`(\w+=\w+)`", row)]
    assert words
    return tuple(
        Wish(f"{name}={values.get(value, value)}")
        for name, value in (word.split("=") for word in words)
    )


TOLD_OR_ASKED = tuple(
    f"hook={word}" for word in ("once", "early", "twice", "foreign", "garbage", "huge", "never")
)
TURBOTEXT = Case(
    "turbotext",
    turbotext_world(is_told=True),
    says={
        "slow": Wish("delay=1"),
        "too slow": Wish("delay=9"),
        "dripping": Wish("say=drip hook=never"),
        "refused": Wish("say=face"),
        "overloaded": Wish("503=1"),
        "no image": Wish("say=text"),
    },
    cannot={},
    words=(*documented(turbotext_ask, SECONDS="0.1", N="1"), Wish(PLAIN_WORDS)),
    wrong_keys=("turbotext-wrong-4711",),
    harmless=(*TOLD_OR_ASKED, "hook=only", "say=lost", "say=502"),
)
CASES = (
    Case(
        "local",
        local_world,
        says={"refused": Wish("", "face_swap", {"images": {"face": NO_FACE}})},
        cannot={
            "slow": "it computes",
            "too slow": "it computes",
            "dripping": "it has no server",
            "overloaded": "it has no server",
            "no image": "it makes one or says why not",
        },
        words=(
            Wish(PLAIN_WORDS),
            Wish("", "teleport"),
            Wish("", facts={"photo": NO_PHOTO}),
            Wish("", "style_transfer"),
            Wish("", "style_transfer", {"images": {"reference": NO_PHOTO}}),
            Wish("", facts={"settings": {"preset": 7}}),
            Wish("", facts={"settings": {"strength": "much"}}),
        ),
        warm=Wish("sepia"),
    ),
    Case(
        "gemini",
        gemini_world,
        says={
            "slow": Wish("delay=1"),
            "too slow": Wish("delay=9"),
            "dripping": Wish("say=drip"),
            "refused": Wish("finish=SAFETY"),
            "overloaded": Wish("say=503"),
            "no image": Wish("say=text"),
        },
        cannot={},
        words=(
            *documented(gemini_answers, SECONDS="0.1", REASON="OTHER", MEGAPIXELS="2", N="1"),
            Wish(PLAIN_WORDS),
        ),
        wrong_keys=("gemini-wrong-4711", gemini.FORBIDDEN_KEY),
        harmless=("say=photo", "say=thought", "say=wrong_mime", "say=webp"),
    ),
    Case(
        "openai",
        openai_world,
        says={
            "slow": Wish("delay=1"),
            "too slow": Wish("delay=9"),
            "dripping": Wish("say=drip"),
            "refused": Wish("say=blocked"),
            "overloaded": Wish("say=503"),
            "no image": Wish("say=empty"),
        },
        cannot={},
        words=(*documented(openai_answers, SECONDS="0.1", N="1"), Wish(PLAIN_WORDS)),
        wrong_keys=("openai-wrong-4711", openai.FORBIDDEN_KEY),
        harmless=("say=photo", "say=png", "say=webp", "say=free"),
    ),
    TURBOTEXT,
    dataclasses.replace(
        TURBOTEXT,
        name="turbotext-polled",
        world=turbotext_world(is_told=False),
        harmless=TOLD_OR_ASKED,
    ),
    Case(
        "example",
        example_world,
        says={
            "slow": Wish("delay=1"),
            "too slow": Wish("delay=9"),
            "refused": Wish("say=refuse"),
            "overloaded": Wish("say=503"),
            "no image": Wish("say=text"),
        },
        cannot={"dripping": "its server does not"},
        words=tuple(Wish(f"say={word}") for word in ("photo", "text", "half", "refuse", "404")),
    ),
)
