"""Sound of any number of channels as stereo, as loud as players have it."""

from __future__ import annotations

from .limiter import MIX_CEILING_DB, limited

# Left to itself ffmpeg gives each side of a single channel 3 dB less than it has.
BOTH_SIDES = "pan=stereo|FL=FL+FC|FR=FR+FC,"


def stereo(channels: int, samples: str) -> str:
    """The filters from so many channels to two, in ffmpeg's sample format `samples`. One channel
    is heard from both sides as it is. Of several the middle and the rear ones are added 3 dB softer
    (ITU-R BS.775-3, annex 4), and what is too much then is limited: with 16 bits ffmpeg would take
    8 dB from everything instead."""
    two = f"aformat=sample_fmts={samples}:channel_layouts=stereo"
    if channels <= 2:
        return f"{BOTH_SIDES if channels == 1 else ''}{two}"
    return f"aformat=sample_fmts=flt:channel_layouts=stereo,{limited(MIX_CEILING_DB)},{two}"
