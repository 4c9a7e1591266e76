"""What goes wrong while an event is prepared."""

from __future__ import annotations

from .kinds import Conflict, Invalid


class SuccessorIsThere(Conflict):
    """A slot's ladder has the successor already and would try it twice: change that slot by hand.
    Nothing was changed."""


class NoSuccessor(Invalid):
    """This model is not about to end, or no other one can take its place."""
