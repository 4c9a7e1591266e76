"""The embedded provider's front door."""

from __future__ import annotations

from photoai.services.providers.port import Answer, Ask

MODEL = "local-1"


class LocalProvider:
    """Finishes photos on this machine: no key, no network, no cost.

    Operations: `style_transfer`, `combine_images`, `face_swap` and `change_image`. The same ask
    gives the same bytes. The image comes in the size, type and quality of `ask.output`.
    """

    def configured(self) -> bool:
        return True

    def finish(self, ask: Ask) -> Answer:
        """Do the work here and now; call it in a native thread, it is pure CPU.

        Raises:
            ProviderBadRequest: the operation is unknown, an image is missing or unreadable, or a
                setting is not of its type.
            ProviderRefused: no face was found where one is needed.
            ProviderTimeout: the deadline passed between two stages of the work.
        """
        # OpenCV and numpy cost some 60 MB: a server that never works locally does not load them.
        from .operations import run

        image, notes = run(ask)
        return Answer(image, MODEL, usage={}, cost=0.0, notes=notes)
