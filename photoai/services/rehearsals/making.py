"""The service of rehearsals, made of everything it looks at."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from photoai.config import Config
from photoai.db import Database
from photoai.offload import Offload
from photoai.services.catalogue import Catalogue
from photoai.services.ingest import SlotTests
from photoai.services.jobs import Jobs, Spares
from photoai.services.ladder import Ladders
from photoai.services.providers import Providers
from photoai.services.settings import Settings
from photoai.services.slots import Slots

from .looks import Looks
from .picture import guests_photo
from .rehearsals import Rehearsals
from .succession import Succession
from .trials import Trials


def make_rehearsals(
    config: Config,
    database: Database,
    catalogue: Catalogue,
    settings: Settings,
    ladders: Ladders,
    slots: Slots,
    providers: Providers,
    jobs: Jobs,
    slot_tests: SlotTests,
    spares: Sequence[Spares],
    parts: Mapping[str, Callable[[], None]],
    offload: Offload,
) -> Rehearsals:
    succession = Succession(database, catalogue, slots, settings)
    trials = Trials(slot_tests, jobs, settings, offload)

    def warm_up() -> int:
        for each in spares:
            each.prepare()
        return len(spares) + int(offload(_load))

    looks = Looks(
        database,
        config,
        catalogue,
        settings,
        ladders,
        providers,
        succession,
        trials,
        parts,
        warm_up,
    )
    return Rehearsals(database, slots, settings, catalogue, looks, succession)


def _load() -> int:
    """What the first photo would wait for."""
    import io

    import numpy as np
    from PIL import Image

    from photoai.services.faces import find_faces

    return len(find_faces(np.asarray(Image.open(io.BytesIO(guests_photo()))), most=1))
