"""A photo of 24 megapixels fits into a small server."""

from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource
from tests.unit.local.pictures import ask, guest, plain
from photoai.services.providers.local import LocalProvider

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

images = {"reference": guest(), "base": guest(), "overlay": plain((9, 9, 9, 40))}
LocalProvider().finish(ask("change_image", guest(), prompt="auto"))
question = ask("%s", guest(), prompt="%s", size=(6000, 4000), mime="image/jpeg", images=images)
before = peak_mb()
LocalProvider().finish(question)
print(peak_mb() - before)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("operation", "prompt"),
    [
        ("change_image", "oil, soft skin, vivid, vignette"),
        ("style_transfer", ""),
        ("combine_images", ""),
    ],
)
def test_24_megapixels_take_less_than_700_mb(operation, prompt):
    code = CODE % (operation, prompt)
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, timeout=120
    )
    assert float(run.stdout) < 700
