"""Whether the venue has internet, over hosts that are reached or not as a test says."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from photoai.errors import FetchFailed, ProviderError, ProviderOverloaded, ProviderTimeout
from photoai.errors.venue import VenueOffline
from photoai.services.providers import Answer, Ask, Providers
from photoai.services.providers.venue import Venue
from tests.support.waiting import wait_until

from .test_providers import ANSWER, CATALOGUE, Told, ask

GOOGLE, OPENAI = "https://google.example/v1", "https://openai.example/v1"
UNREACHED = ProviderOverloaded(unreached=True)


class Internet:
    """Reaches the hosts that are up, and counts who was looked for."""

    def __init__(self) -> None:
        self.up: set[str] = set()
        self.asked: list[str] = []

    def reach(self, url: str, deadline: float) -> None:
        self.asked.append(url)
        if url not in self.up:
            raise FetchFailed(details={"reason": "unreachable"})


class Elsewhere(Told):
    """A provider on the internet."""

    address = GOOGLE


@pytest.fixture
def internet() -> Internet:
    return Internet()


class Venues:
    def __init__(self, internet: Internet) -> None:
        self.internet = internet
        self.made: list[Venue] = []

    def __call__(self, probe_every_sec: float = 0.02, **addresses: str) -> Venue:
        venue = Venue(addresses, lambda _: True, self.internet.reach, probe_every_sec)
        self.made.append(venue)
        return venue


@pytest.fixture
def venues(internet: Internet) -> Iterator[Venues]:
    made = Venues(internet)
    yield made
    for venue in made.made:
        venue.stop()


def test_it_is_offline_when_two_hosts_are_not_reached(venues: Venues) -> None:
    venue = venues(probe_every_sec=60, gemini=GOOGLE, openai=OPENAI)
    venue.line("gemini").unreached()
    wait_until(lambda: venue.is_offline)
    with pytest.raises(VenueOffline):
        venue.line("openai").check()
    assert set(venues.internet.asked) == {"https://google.example/", "https://openai.example/"}


def test_one_host_must_fail_three_times_in_a_row(venues: Venues) -> None:
    venue = venues(gemini=GOOGLE)
    venue.line("gemini").unreached()
    wait_until(lambda: venue.is_offline)
    assert len(venues.internet.asked) >= 2


def test_a_provider_that_is_down_by_itself_is_no_lost_internet(venues: Venues) -> None:
    venues.internet.up = {"https://openai.example/"}
    venue = venues(gemini=GOOGLE, openai=OPENAI)
    for _ in range(5):
        venue.line("gemini").unreached()
        wait_until(lambda: not venue._is_probing)
        assert not venue.is_offline


def test_it_comes_back_by_probing(venues: Venues) -> None:
    venue = venues(gemini=GOOGLE)
    venue.line("gemini").unreached()
    wait_until(lambda: venue.is_offline)
    venues.internet.up = {"https://google.example/"}
    wait_until(lambda: not venue.is_offline)
    venue.line("gemini").check()
    wait_until(lambda: not venue._is_probing)
    asked = len(venues.internet.asked)
    assert "venue" not in {thread.name for thread in threading.enumerate()}
    assert len(venues.internet.asked) == asked


def test_what_is_lost_again_in_the_moment_it_is_found_is_probed_again(venues: Venues) -> None:
    venue = venues(gemini=GOOGLE, openai=OPENAI)
    found = venue.reached

    def lost_again() -> None:
        found()
        venue.reached = found  # type: ignore[method-assign]
        for provider in ("gemini", "openai"):
            venue.line(provider).unreached()

    venue.line("gemini").unreached()
    wait_until(lambda: venue.is_offline)
    venue.reached = lost_again  # type: ignore[method-assign]
    venues.internet.up = {"https://google.example/"}
    wait_until(lambda: not venue.is_offline and venue.reached == found)
    wait_until(lambda: not venue._is_probing)
    venue.line("gemini").check()


def test_a_provider_that_is_here_needs_none(venues: Venues) -> None:
    venue = venues(gemini=GOOGLE)
    venue.line("gemini").unreached()
    wait_until(lambda: venue.is_offline)
    venue.line("local").check()
    assert not venue.needs_internet("local")


def test_nobody_is_looked_for_who_is_not_set_up(internet: Internet) -> None:
    venue = Venue({"gemini": GOOGLE}, lambda _: False, internet.reach)
    venue.look()
    assert internet.asked == []


def test_a_look_says_no_while_nothing_is_reached(venues: Venues) -> None:
    venue = venues(gemini=GOOGLE)
    with pytest.raises(VenueOffline):
        venue.look()
    venues.internet.up = {"https://google.example/"}
    venue.look()


def finish(providers: Providers, ask: Ask) -> bytes:
    """Pauses are as long as it takes until nothing is doubted any more."""

    def pause(_: float) -> None:
        wait_until(lambda: providers.venue.is_offline or not providers.venue._is_probing)

    return providers.finish("gemini", ask, lambda answer: answer.image, pause)[1]


def providers_of(internet: Internet, *ends: ProviderError | Answer) -> tuple[Providers, Any]:
    told = Elsewhere(*ends)
    return Providers(CATALOGUE, {"gemini": told}, reach=internet.reach), told


def test_a_photo_learns_at_once_that_there_is_no_internet(internet: Internet) -> None:
    providers, told = providers_of(internet, UNREACHED)
    began = time.monotonic()
    with pytest.raises(VenueOffline):
        finish(providers, ask())
    assert time.monotonic() - began < 5
    assert told.calls == 1
    with pytest.raises(VenueOffline):  # the next one does not even try
        finish(providers, ask())
    assert told.calls == 1
    assert providers.healthy("gemini")  # the breaker has nothing to do with it
    providers.venue.stop()


@pytest.mark.slow
def test_photos_go_out_again_when_it_is_back(internet: Internet) -> None:
    providers, _ = providers_of(internet, UNREACHED, ANSWER)
    with pytest.raises(VenueOffline):
        finish(providers, ask())
    internet.up = {"https://google.example/"}
    wait_until(lambda: not providers.venue.is_offline)
    assert finish(providers, ask()) == b"image"


def test_a_call_without_an_answer_has_the_way_looked_at(internet: Internet) -> None:
    internet.up = {"https://google.example/"}
    providers, _ = providers_of(internet, ProviderTimeout())
    with pytest.raises(ProviderTimeout):
        finish(providers, ask())
    wait_until(lambda: not providers.venue._is_probing)
    assert internet.asked
    assert not providers.venue.is_offline


def test_what_a_provider_answers_itself_is_no_lost_internet(internet: Internet) -> None:
    providers, _ = providers_of(internet, ProviderOverloaded())
    with pytest.raises(ProviderOverloaded):
        finish(providers, ask())
    assert not providers.venue.is_offline
    assert internet.asked == []
