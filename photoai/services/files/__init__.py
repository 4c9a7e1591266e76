"""Files people keep here, so that what their jobs work on need not be public."""

from .files import SORTED_BY, FilePage, FileQuery, Files, Loan
from .looks import Looks, PictureLimits, Probes
from .making import make_files
from .names import shown_name
from .parts import Part, Span
from .probing import probes_apart
from .room import Room, Usage
from .scratch import scratch_folder
from .small import small_picture
from .uploads import Uploads

__all__ = [
    "SORTED_BY",
    "FilePage",
    "FileQuery",
    "Files",
    "Loan",
    "Looks",
    "Part",
    "PictureLimits",
    "Probes",
    "Room",
    "Span",
    "Uploads",
    "Usage",
    "make_files",
    "probes_apart",
    "scratch_folder",
    "shown_name",
    "small_picture",
]
