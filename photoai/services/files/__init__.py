"""Files people keep here, so that what their jobs work on need not be public."""

from .files import FilePage, Files, Loan
from .looks import Looks, PictureLimits, Probes
from .probing import probes_apart
from .room import Room, Usage

__all__ = [
    "FilePage",
    "Files",
    "Loan",
    "Looks",
    "PictureLimits",
    "Probes",
    "Room",
    "Usage",
    "probes_apart",
]
