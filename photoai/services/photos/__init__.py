"""Photos: what a file is, whether it is taken, and the pictures made of it.

All functions are pure and spend their time in C code that lets other threads run.
"""

from .headers import inspect, sniff
from .passage import accept, check, finish, prepare, thumbnail
from .picture import HEIC, JPEG, PNG, WEBP, Output, PhotoFacts, PhotoLimits, Picture
from .pixels import decode, encode, fit, output_size

__all__ = [
    "HEIC",
    "JPEG",
    "PNG",
    "WEBP",
    "Output",
    "PhotoFacts",
    "PhotoLimits",
    "Picture",
    "accept",
    "check",
    "decode",
    "encode",
    "finish",
    "fit",
    "inspect",
    "output_size",
    "prepare",
    "sniff",
    "thumbnail",
]
