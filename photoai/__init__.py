"""photoai: a self-hosted AI photo and video studio server."""

__version__ = "0.1.0"
