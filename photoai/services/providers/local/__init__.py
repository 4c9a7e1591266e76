"""The embedded provider: finishes photos on this machine, without a key and without a network."""

from .provider import LocalProvider

__all__ = ["LocalProvider"]
