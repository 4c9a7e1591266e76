"""What is measured, as JSON. Times are seconds from the first picture, rounded to milliseconds."""

from __future__ import annotations

from typing import TypedDict

MEASURING = "measuring"  # the stage
PICTURES = "shots.zip"


class Part(TypedDict):
    """From when to when something is so."""

    start_sec: float
    end_sec: float


class Shot(TypedDict):
    """What is filmed in one go; `picture` is a file's name, of a moment a third into it."""

    index: int
    start_sec: float
    end_sec: float
    picture: str


class Pace(TypedDict):
    """How fast it is cut; `first_cut_sec` is None where nothing is."""

    shots_per_minute: float
    mean_shot_sec: float
    median_shot_sec: float
    longest_shot_sec: float
    first_cut_sec: float | None


class Loudness(TypedDict):
    """Of all of it, by EBU R 128; `integrated_lufs` and `true_peak_dbtp` are None where there is
    nothing to measure. `curve_lufs` has the loudest momentary value of every `every_sec`, None for
    silence."""

    integrated_lufs: float | None
    range_lu: float
    true_peak_dbtp: float | None
    every_sec: float
    curve_lufs: list[float | None]


class Facts(TypedDict):
    """`width` and `height` are as a viewer sees them. `shots` follow each other without a gap;
    where there would be too many, those that differ least from the next are one, while `cuts` and
    `pace` know all of them. `loudness` is None without sound; what has no sound is silent from end
    to end. In `speech_free` parts no voice was found, in `still` ones nothing moves."""

    duration_sec: float
    width: int
    height: int
    fps: float
    has_sound: bool
    shots: list[Shot]
    cuts: list[float]
    pace: Pace
    loudness: Loudness | None
    silence: list[Part]
    speech_free: list[Part]
    still: list[Part]
    black: list[Part]
    first_frame: str


class Measured(TypedDict):
    """The facts, and in which file of the folder the pictures are: a ZIP, stored as they are."""

    facts: Facts
    pictures: str
