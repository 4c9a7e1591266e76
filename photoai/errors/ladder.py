"""What can be wrong with a slot's ladder."""

from __future__ import annotations

from .kinds import Invalid


class LadderTooLong(Invalid):
    """The ladder does not fit into the booth's time-out."""


class RungSaysNothingNew(Invalid):
    """Two rungs of the ladder ask for the same: the second could only fail as the first."""
