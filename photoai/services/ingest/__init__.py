"""Ingest: a booth's photo in, the finished photo out."""

from .climbing import CLOSED
from .hedging import HEDGED, SECOND
from .ingest import FinishedPhoto, Ingest
from .intake import Intake
from .previews import Previews
from .renewing import Renewing
from .slot_tests import SlotTest, SlotTests
from .task import ENDINGS, PhotoTask
from .tokens import MOST_CHARS, Placeholder, placeholders
from .upload import Form, Upload

__all__ = [
    "CLOSED",
    "ENDINGS",
    "HEDGED",
    "MOST_CHARS",
    "SECOND",
    "FinishedPhoto",
    "Form",
    "Ingest",
    "Intake",
    "PhotoTask",
    "Placeholder",
    "Previews",
    "Renewing",
    "SlotTest",
    "SlotTests",
    "Upload",
    "placeholders",
]
