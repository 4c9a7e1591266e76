"""The embedded provider's front door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from photoai.offload import Offload, run_here
from photoai.services.providers.port import Answer, Ask

MODEL = "local-1"


class LocalProvider:
    """Finishes photos on this machine: no key, no network, no cost.

    Operations: `style_transfer`, `combine_images`, `face_swap`, `change_image`, `frame`. The same
    ask gives the same bytes. The image comes in the size, type and quality of `ask.output`.
    """

    def __init__(self, offload: Offload | None = None) -> None:
        self._offload = offload or run_here

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        """Do the work in a native thread: it is pure CPU and would stop everybody else.

        Raises:
            ProviderBadRequest: the operation is unknown, an image is missing or unreadable, or a
                setting is not of its type.
            ProviderRefused: no face was found where one is needed.
            ProviderTimeout: the deadline passed between two stages of the work.
        """
        image, notes = self._offload(_work, ask)
        return Answer(image, MODEL, usage={}, cost=0.0, notes=notes)


def _work(ask: Ask) -> tuple[bytes, Mapping[str, Any]]:
    # OpenCV and numpy cost some 60 MB: a server that never works locally does not load them.
    from .operations import run

    return run(ask)
