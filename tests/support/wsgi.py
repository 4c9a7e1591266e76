"""The real web process with the example provider in its table."""

from photoai.services.providers import PROVIDERS
from tests.support.example import ExampleProvider

PROVIDERS["example"] = ExampleProvider  # type: ignore[index]

from wsgi import app  # noqa: E402

__all__ = ["app"]
