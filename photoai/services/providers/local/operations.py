"""The table of what the embedded provider can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from photoai.errors import PhotoaiError, ProviderBadRequest, ProviderError
from photoai.services.providers.port import Ask

from .asks import check_time
from .canvas import Sheet
from .change import change_image
from .combine import combine_images
from .frame import frame
from .style import style_transfer
from .swap import face_swap

Notes = Mapping[str, Any]

OPERATIONS: Mapping[str, Callable[[Ask], tuple[Sheet, Notes]]] = {
    "style_transfer": style_transfer,
    "combine_images": combine_images,
    "face_swap": face_swap,
    "change_image": change_image,
    "frame": frame,
}


def run(ask: Ask) -> tuple[bytes, Notes]:
    """The finished image's bytes, and the facts worth keeping with the job.

    Raises:
        ProviderError: see `LocalProvider.finish`.
    """
    operation = OPERATIONS.get(ask.operation)
    if operation is None:
        raise ProviderBadRequest(f"The embedded provider has no operation {ask.operation!r}.")
    check_time(ask)
    try:
        sheet, notes = operation(ask)
        check_time(ask)
        return sheet.encoded(ask.output), notes
    except ProviderError:
        raise
    except PhotoaiError as error:  # a picture that cannot be read, or a type we do not write
        raise ProviderBadRequest(error.message) from error
