"""Photos: what a file is, whether it is taken, and the pictures made of it."""

from .picture import HEIC, JPEG, PNG, WEBP, Output, PhotoFacts, PhotoLimits, Picture

__all__ = ["HEIC", "JPEG", "PNG", "WEBP", "Output", "PhotoFacts", "PhotoLimits", "Picture"]
