"""Photos: what a file is, whether it is taken, and the pictures made of it.

All functions are pure and spend their time in C code that lets other threads run.
"""

from .headers import inspect, sniff
from .passage import (
    Finished,
    accept,
    check,
    finish,
    finish_with_notes,
    must_be_searched,
    prepare,
    thumbnail,
)
from .picture import (
    BLUR,
    CROP,
    HEIC,
    JPEG,
    PAD,
    PNG,
    WEBP,
    Output,
    PhotoFacts,
    PhotoLimits,
    Picture,
)
from .pixels import decode, encode, fit, output_size

__all__ = [
    "BLUR",
    "CROP",
    "HEIC",
    "JPEG",
    "PAD",
    "PNG",
    "WEBP",
    "Finished",
    "Output",
    "PhotoFacts",
    "PhotoLimits",
    "Picture",
    "accept",
    "check",
    "decode",
    "encode",
    "finish",
    "finish_with_notes",
    "fit",
    "inspect",
    "must_be_searched",
    "output_size",
    "prepare",
    "sniff",
    "thumbnail",
]
