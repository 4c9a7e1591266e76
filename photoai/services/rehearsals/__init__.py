"""The rehearsal before an event: what photos will need is looked at while it can be mended."""

from .capacity import Event
from .looks import CAPACITY, PROVIDER, SLOT, WARM_UP
from .making import make_rehearsals
from .records import Row
from .rehearsals import Rehearsals, Report, Trial, Wish
from .succession import Retiring
from .verdicts import Light

__all__ = [
    "CAPACITY",
    "PROVIDER",
    "SLOT",
    "WARM_UP",
    "Event",
    "Light",
    "Rehearsals",
    "Report",
    "Retiring",
    "Row",
    "Trial",
    "Wish",
    "make_rehearsals",
]
