"""Providers: the port, the table of minds behind it, and the loop that calls them."""

from collections.abc import Callable, Mapping

from .client import Providers
from .gemini import GeminiProvider
from .local import LocalProvider
from .openai import OpenaiProvider
from .port import Answer, Ask, Means, Provider
from .reasons import advice_on
from .turbotext import TurbotextProvider
from .videos import (
    MODEL,
    US,
    VIDEOS,
    Check,
    Footage,
    Question,
    Said,
    Sent,
    Told,
    VideoMind,
    go_on,
)

# Adding a provider: its file, and its line here (its limits stand in the catalogue).
PROVIDERS: Mapping[str, Callable[[Means], Provider]] = {
    "local": lambda means: LocalProvider(means.offload),
    "gemini": GeminiProvider,
    "openai": OpenaiProvider,
    "turbotext": TurbotextProvider,
}

__all__ = [
    "MODEL",
    "PROVIDERS",
    "US",
    "VIDEOS",
    "Answer",
    "Ask",
    "Check",
    "Footage",
    "Means",
    "Provider",
    "Providers",
    "Question",
    "Said",
    "Sent",
    "Told",
    "VideoMind",
    "advice_on",
    "go_on",
]
