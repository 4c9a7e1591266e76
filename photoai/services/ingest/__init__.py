"""Ingest: a booth's photo in, the finished photo out."""

from .ingest import LONGEST_WAIT_UNDER_DYNO_SEC, FinishedPhoto, Ingest
from .intake import Intake
from .previews import Previews
from .slot_tests import SlotTest, SlotTests
from .task import PHOTO, PhotoTask
from .tokens import Placeholder, placeholders
from .upload import Form, Upload

__all__ = [
    "LONGEST_WAIT_UNDER_DYNO_SEC",
    "PHOTO",
    "FinishedPhoto",
    "Form",
    "Ingest",
    "Intake",
    "PhotoTask",
    "Placeholder",
    "Previews",
    "SlotTest",
    "SlotTests",
    "Upload",
    "placeholders",
]
