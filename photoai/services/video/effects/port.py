"""What an effect can say of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from moviepy.Effect import Effect


class NoFilter(Exception):
    """This effect cannot be said as an ffmpeg filter: MoviePy has to draw it."""


class PictureEffect(Protocol):
    """A change of a cut's picture once it fills the canvas."""

    def filters(self) -> str:
        """The filters that do it, as one chain.

        Raises:
            NoFilter: there are none.
        """

    def effect(self) -> Effect:
        """The same for MoviePy."""
