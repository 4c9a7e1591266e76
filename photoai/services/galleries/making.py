"""The services of galleries."""

from __future__ import annotations

from dataclasses import dataclass

from photoai.db import Database
from photoai.services.jobs import Jobs
from photoai.services.secrets import Secrets
from photoai.services.storage import Store

from .links import Links
from .photos import Photos


@dataclass(frozen=True)
class Galleries:
    """An operator's own gallery, and those that are open to others."""

    photos: Photos
    links: Links


def make_galleries(database: Database, secrets: Secrets, jobs: Jobs, store: Store) -> Galleries:
    return Galleries(Photos(database, jobs, are_far=store.far), Links(database, secrets))
