"""A clip skimmed once, for those who measure it: every moment as a small picture, some as larger
ones, its sound.

Loads numpy.
"""

from .skim import HEARD_RATE, SHOW_FPS, Pictures, Size, Skim

__all__ = ["HEARD_RATE", "SHOW_FPS", "Pictures", "Size", "Skim"]
