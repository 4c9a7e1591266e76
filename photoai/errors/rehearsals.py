"""What goes wrong while an event is prepared."""

from __future__ import annotations

from .kinds import Conflict, Invalid


class SuccessorIsThere(Conflict):
    """A slot's ladder has the successor already and would try it twice: change that slot by hand.
    Nothing was changed."""


class NoSuccessor(Invalid):
    """No model can take this one's place: the catalogue names none, or it is retired too."""
