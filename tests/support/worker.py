"""The real worker process with the example provider in its table."""

import sys

from photoai.__main__ import main
from photoai.services.providers import PROVIDERS
from tests.support.example import ExampleProvider

PROVIDERS["example"] = ExampleProvider  # type: ignore[index]

if __name__ == "__main__":
    sys.exit(main())
