"""What is inside a file."""

from __future__ import annotations

from marshmallow import Schema

from .types import ANY, Place, TaskType


class ProbeConfigSchema(Schema):
    """There is nothing to set."""


TYPE = TaskType(
    title="Look inside",
    description="Says what a file holds: formats, sizes, lengths.",
    config=ProbeConfigSchema,
    places=(Place("File", ANY),),
)
