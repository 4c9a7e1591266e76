"""TurboText: a queue that is asked again and again, or delivers by itself."""

from .provider import TurbotextProvider

__all__ = ["TurbotextProvider"]
