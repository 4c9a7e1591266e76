"""People with browsers, and the servers they visit."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.support.browser import PHONE, Visitor, chromium_or_skip
from tests.support.server import Server

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser is no quick thing."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium_or_skip()
    with sync_playwright() as playwright:
        # Chromium's own sandbox does not work for root, and the pages are ours.
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of pages are kept for whoever wants to look."""
    return tmp_path_factory.mktemp("shots")


@pytest.fixture
def visit(browser: Browser, shots: Path) -> Iterator[Callable[..., Visitor]]:
    """Brings somebody to a server; in the end every page they saw must have been in order."""
    there: list[Visitor] = []

    def arrive(server: Server, user: str | None = None, **options: object) -> Visitor:
        visitor = Visitor(browser, server.url, shots, **options)
        there.append(visitor)
        if user:
            visitor.sign_in(user, server.password(user))
        return visitor

    yield arrive
    for visitor in there:
        visitor.leave()


@pytest.fixture
def serg(visit: Callable[..., Visitor], server: Server) -> Visitor:
    return visit(server, "serg")


@pytest.fixture
def serg_on_the_phone(visit: Callable[..., Visitor], server: Server) -> Visitor:
    return visit(server, "serg", viewport=PHONE)
