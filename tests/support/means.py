"""What a provider is made of, where a test makes one by itself."""

from __future__ import annotations

import dataclasses
from typing import Any, NoReturn

from photoai.config import Config
from photoai.offload import run_here
from photoai.services.catalogue import Catalogue
from photoai.services.photos import Picture
from photoai.services.providers import Means


def means(config: Config, catalogue: Catalogue, **given: Any) -> Means:
    """Without a database; `given` replaces what the test needs. Keys are the configuration's."""
    made = Means(
        offload=run_here,
        config=config,
        catalogue=catalogue,
        key_of=lambda provider_id: getattr(config, f"{provider_id}_api_key"),
        publish=_nobody_asked,
        calls=None,  # type: ignore[arg-type]
    )
    return dataclasses.replace(made, **given)


def _nobody_asked(user_id: int, picture: Picture, ttl_sec: float) -> NoReturn:
    raise AssertionError("This provider needs no public links.")
