"""What a model makes of a video: asked with the measured facts at hand, its answer checked, asked
again where it was wrong, and held against the facts."""

from .analyst import Analysis, Analyst
from .prompt import LANGUAGES, PROMPT_VERSION, Wish

__all__ = ["LANGUAGES", "PROMPT_VERSION", "Analysis", "Analyst", "Wish"]
