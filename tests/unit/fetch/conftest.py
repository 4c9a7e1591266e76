"""A site that every test of the downloader may fill."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from photoai.services.fetch import Fetcher
from tests.unit.fetch.site import LOOPBACK, PUBLIC, Names, Site, answer


@pytest.fixture(scope="session")
def open_site() -> Iterator[Site]:
    with Site() as running:
        yield running


@pytest.fixture
def site(open_site: Site) -> Site:
    """Empty but for `/photo`."""
    open_site.pages, open_site.heads, open_site.bodies = {}, [], []
    open_site.says("/photo", answer())
    return open_site


@pytest.fixture
def names(site: Site) -> Names:
    """`photos.example` is on the open internet, `inside.example` is not."""
    return Names(site, photos_example=[[PUBLIC]], inside_example=[[LOOPBACK]])


@pytest.fixture
def fetcher(names: Names) -> Fetcher:
    return Fetcher(network=names)
