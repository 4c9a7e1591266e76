"""What a child loads while it waits for an order, so that none of it is paid for by the order."""

from __future__ import annotations

import pysubs2  # noqa: F401

from photoai.services.video.captions import fonts_here
from photoai.services.video.ffmpeg import binary

from . import making  # noqa: F401

fonts_here()
binary()
