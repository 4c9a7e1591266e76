"""How bright light for HDR screens becomes on an ordinary one, by the formulas alone.

The signals are those of ITU-R BT.2100 (PQ: table 4, HLG: table 5), brought to an ordinary screen by
John Hable's curve as FFmpeg's `tonemap` has it, white at 1000 cd/m², and shown by BT.1886.
"""

from __future__ import annotations

import math

SCREEN_PEAK, REFERENCE_WHITE = 1000.0, 100.0  # cd/m²
HLG_GAMMA = 1.2  # of the display at that peak


def shown_grey(transfer: str, luma: int) -> float:
    """The grey (0 to 255) a luma of ten bits in video range becomes."""
    signal = (luma - 64) / 876
    light = {"smpte2084": _pq, "arib-std-b67": _hlg}[transfer](signal)
    mapped = _hable(light / REFERENCE_WHITE) / _hable(SCREEN_PEAK / REFERENCE_WHITE)
    return 255 * min(1.0, mapped) ** (1 / 2.4)


def _pq(signal: float) -> float:
    root = signal ** (32 / 2523)
    above = max(root - 3424 / 4096, 0.0)
    return 10_000 * (above / (2413 / 128 - 2392 / 128 * root)) ** (16384 / 2610)


def _hlg(signal: float) -> float:
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = signal**2 / 3 if signal <= 0.5 else (math.exp((signal - c) / a) + b) / 12
    return SCREEN_PEAK * float(scene**HLG_GAMMA)


def _hable(light: float) -> float:
    a, b, c, d, e, f = 0.15, 0.50, 0.10, 0.20, 0.02, 0.30
    return (light * (light * a + b * c) + d * e) / (light * (light * a + b) + d * f) - e / f
