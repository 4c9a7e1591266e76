"""Ingest: a booth's photo in, the finished photo out."""

from .ingest import FinishedPhoto, Ingest
from .task import PHOTO, PhotoTask
from .upload import Form, Upload

__all__ = ["PHOTO", "FinishedPhoto", "Form", "Ingest", "PhotoTask", "Upload"]
