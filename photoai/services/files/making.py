"""The services of files, as the settings have them."""

from __future__ import annotations

from photoai.config import Config
from photoai.db import Database
from photoai.offload import Offload
from photoai.services.accounts import Accounts
from photoai.services.secrets import Secrets
from photoai.services.storage import Store

from .files import Files
from .looks import Looks, PictureLimits, Probes
from .room import Room
from .uploads import Uploads


def make_files(
    config: Config,
    database: Database,
    store: Store,
    secrets: Secrets,
    accounts: Accounts,
    probes: Probes,
    offload: Offload,
) -> tuple[Files, Uploads]:
    """Files, and those that come in parts: with the same limits, in the same room."""
    pictures = PictureLimits(config.media_max_file_size_mb * 1_000_000, config.media_max_pixels)
    looks = Looks(probes, offload, pictures)
    room = Room(database, lambda caller: accounts.plan_of(caller).storage_mb * 1_000_000)
    max_bytes = config.upload_max_mb * 1_000_000
    files = Files(database, store, secrets, looks, room, max_bytes)
    return files, Uploads(database, store, looks, room, max_bytes)
