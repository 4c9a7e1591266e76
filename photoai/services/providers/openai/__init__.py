"""OpenAI: images edited by the GPT Image models."""

from .provider import OpenaiProvider

__all__ = ["OpenaiProvider"]
