"""Many calls of one provider at once, in a process of their own that is patched as a worker is:
`python -m benchmarks.fanout PROVIDER URL COUNT SECONDS` prints the seconds of one call and of all.
"""

from __future__ import annotations

# ruff: noqa: E402 - gevent patches before anything else is imported
from gevent import monkey

monkey.patch_all()

import dataclasses
import sys
import time
from typing import Any

from gevent.pool import Pool

from photoai.config import ROOT, Config
from photoai.services.catalogue import Catalogue
from photoai.services.photos import JPEG, Output, Picture
from photoai.services.providers import PROVIDERS, Ask
from tests.emulators import gemini, openai
from tests.support import photos
from tests.support.means import means

# Each with the words that make its emulator answer by a JPEG.
EMULATED = {"gemini": (gemini.KEY, "say=jpeg"), "openai": (openai.KEY, "")}


def main() -> None:
    name, url, count, delay = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    key, words = EMULATED[name]
    given: dict[str, Any] = {f"{name}_api_key": key, f"{name}_base_url": url}
    known = Catalogue.load(ROOT / "configs" / "providers.json")
    entry = dataclasses.replace(known.providers[name], quotas={})
    catalogue = Catalogue({name: entry}, known.operations)
    provider = PROVIDERS[name](means(dataclasses.replace(Config(), **given), catalogue))
    photo = photos.booth_jpeg()

    def call(_: int) -> None:
        ask = Ask(
            job_id="job",
            user_id=1,
            operation="change_image",
            prompt=f"delay={delay} {words}",
            photo=Picture(photo, JPEG, 640, 480),
            images={},
            settings={},
            output=Output(JPEG, 90, 640, 480),
            deadline=time.monotonic() + 120,
        )
        assert provider.finish(ask).image

    call(0)  # connections and the SDK's models are made once
    print(_timed(lambda: call(0)), _timed(lambda: Pool(count).map(call, range(count))))


def _timed(run: object) -> float:
    started = time.monotonic()
    run()  # type: ignore[operator]
    return time.monotonic() - started


if __name__ == "__main__":
    main()
