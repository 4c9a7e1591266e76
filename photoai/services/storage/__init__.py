"""Storage: the port and its adapters."""

from __future__ import annotations

from photoai.config import Config
from photoai.offload import FLUSH_THREADS, make_offload

from .counted import CountedStore
from .local import LocalStore
from .pieces import in_pieces
from .store import Store, StoredFile, at_hand, copy_into, discard, disk_with_room, keep_all

__all__ = [
    "CountedStore",
    "LocalStore",
    "Store",
    "StoredFile",
    "at_hand",
    "copy_into",
    "discard",
    "disk_with_room",
    "in_pieces",
    "keep_all",
    "make_store",
]


def make_store(config: Config) -> Store:
    """A bucket when one is configured, else the folder MEDIA_ROOT.

    Raises:
        ConfigError: the bucket's settings cannot work.
    """
    if not config.s3_bucket:
        return LocalStore(config.path("media_root"), make_offload(FLUSH_THREADS))
    from .s3 import S3Place, S3Store  # its client would be a third of a small server's memory

    return S3Store(
        S3Place(
            bucket=config.s3_bucket,
            access_key_id=config.aws_access_key_id,
            secret_access_key=config.aws_secret_access_key,
            endpoint_url=config.s3_endpoint_url,
            region=config.aws_region,
            prefix=config.s3_prefix.strip("/"),
        )
    )
