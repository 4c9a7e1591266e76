"""Sound laid over the sound of a video: where it begins, how loud it is, what gives way."""

from __future__ import annotations

from dataclasses import dataclass

from photoai.errors import SoundBeyondEnd
from photoai.services.video.canvas import SAMPLE_RATE

from .limiter import MIX_CEILING_DB, amplitude, limited

MIX, REPLACE = "mix", "replace"
FLOAT = "aformat=sample_fmts=flt:channel_layouts=stereo"
ON_TIME = "asetpts=N/SR/TB"

# The added sound gives way from a level of the base on at which somebody speaks softly and nobody
# only breathes (RMS, dBFS): speech takes it down by 6 dB at -34, by 10 at a usual -24. DUCK_DEPTH
# is the part of it that gives way at all, so that 14 dB are the most. Below RUMBLE_HZ are wind and
# steps, not voices. After DUCK_RELEASE_MS (of a filter that means four time constants) nearly all
# of it is back: late enough to stay down between two words.
DUCK_FROM_DB, DUCK_RATIO, DUCK_DEPTH = -42.0, 8, 0.8
DUCK_ATTACK_MS, DUCK_RELEASE_MS = 20, 400
RUMBLE_HZ = 100

HELD_SAMPLES = 300 * SAMPLE_RATE  # at most 58 MB of a sound that begins anew and anew


@dataclass(frozen=True)
class Mix:
    """What is wished of an added sound. Volumes are factors. `fade_in_sec` and `fade_out_sec` are
    linear and belong to the added sound as it is heard: looped, and cut where the video ends.
    `ducking` lowers it while the base is heard; where nothing of the base is heard, nothing gives
    way. `loudness` is a target in LUFS for the whole (`normalised`): whoever has one needs no
    limiter before.
    """

    mode: str = MIX
    volume: float = 1.0
    base_volume: float = 1.0
    offset_sec: float = 0.0
    loop: bool = False
    fade_in_sec: float = 0.0
    fade_out_sec: float = 0.0
    ducking: bool = False
    loudness: float | None = None

    @property
    def hears_base(self) -> bool:
        """Whether anything of the base's own sound is left: if not, nobody needs to decode it."""
        return self.mode == MIX and self.base_volume > 0

    def copies(self, samples: int, added_samples: int | None) -> int:
        """How many times in a row the added sound has to come. Once, unless it is to be looped and
        too long for `filters` to hold it in memory."""
        room = samples - _samples(self.offset_sec)
        if not self.loop or not added_samples or not HELD_SAMPLES < added_samples < room:
            return 1
        return -(-room // added_samples) + 1  # its length may be a little less than is said

    def check(self, samples: int) -> None:
        """Raises SoundBeyondEnd: it would begin where a video of so many samples has ended."""
        if _samples(self.offset_sec) >= samples:
            about = {
                "offset_sec": self.offset_sec,
                "duration_sec": round(samples / SAMPLE_RATE, 3),
            }
            raise SoundBeyondEnd(details=about)

    def filters(
        self,
        base: str | None,
        added: str,
        out: str,
        *,
        samples: int,
        added_samples: int | None,
    ) -> str:
        """The graph from `[base]` and `[added]` (48 kHz, stereo, from zero on) to `[out]` of
        exactly so many samples, 32-bit float. `base` is None where the base has no sound.
        `added_samples` may be roughly right, for a loop goes round where the sound really ends;
        where it is None, a sound that is shorter than the video has no fade at its end.

        Raises:
            SoundBeyondEnd: it would begin where the video has ended.
        """
        self.check(samples)
        parts = [self._placed(added, f"{out}added", samples, added_samples)]
        if base is None or not self.hears_base:
            parts += [] if base is None else [f"[{base}]anullsink"]
            return ";".join([*parts, f"[{out}added]{self._finished(self.volume > 1)}[{out}]"])
        even = f"{ON_TIME},{FLOAT},{_exactly(samples)}"
        if self.ducking:
            parts += [f"[{base}]{even},asplit[{out}base][{out}key]", *_ducked(out, samples)]
        else:
            parts.append(f"[{base}]{even}[{out}base]")
        both = f"[{out}loud][{out}{'ducked' if self.ducking else 'added'}]"
        return ";".join(
            [
                *parts,
                f"[{out}base]volume={self.base_volume:.6f}[{out}loud]",
                f"{both}amix=inputs=2:duration=first:normalize=0,{self._finished(True)}[{out}]",
            ]
        )

    def _placed(self, added: str, name: str, samples: int, added_samples: int | None) -> str:
        """From `[added]` to `[name]`: alone, in its place, as long as the video."""
        at = _samples(self.offset_sec)
        room = samples - at
        long = room if self.loop or added_samples is None else min(room, added_samples)
        filters = [ON_TIME, *self._looped(long, added_samples), *self._heard(long, room)]
        alone = f"[{added}]{','.join(filters)}"
        if not at:
            return f"{alone},{_exactly(samples)}[{name}]"
        silence = f"anullsrc=r={SAMPLE_RATE}:cl=stereo,{FLOAT},atrim=end_sample={at}"
        joined = f"[{name}gap][{name}alone]concat=n=2:v=0:a=1,{ON_TIME},{_exactly(samples)}"
        return f"{alone}[{name}alone];{silence}[{name}gap];{joined}[{name}]"

    def _looped(self, long: int, added_samples: int | None) -> list[str]:
        """The filters that give it no end. A short one is first repeated to a second of it: they
        work by rounds."""
        if not self.loop or added_samples == 0 or (added_samples or 0) >= long:
            return []
        rounds = -(-SAMPLE_RATE // (added_samples or SAMPLE_RATE))
        first = [f"aloop=loop={rounds - 1}:size={HELD_SAMPLES}"] if rounds > 1 else []
        again = f"aloop=loop=-1:size={HELD_SAMPLES}"
        return ["aformat=sample_fmts=s16", *first, again, ON_TIME]

    def _heard(self, long: int, room: int) -> list[str]:
        """The filters that make it what is wished: it is about `long` and has `room`."""
        filters = [FLOAT, f"volume={self.volume:.6f}", f"atrim=end_sample={room}"]
        if fading := min(_samples(self.fade_in_sec), long):
            filters.append(f"afade=t=in:ss=0:ns={fading}")
        if fading := min(_samples(self.fade_out_sec), long):
            filters.append(f"afade=t=out:ss={long - fading}:ns={fading}")
        return filters

    def _finished(self, may_clip: bool) -> str:
        held = [limited(MIX_CEILING_DB)] if may_clip and self.loudness is None else []
        return ",".join([*held, ON_TIME])


def _ducked(out: str, samples: int) -> list[str]:
    """The added sound, compressed by the base's (Giannoulis, Massberg and Reiss, "Digital Dynamic
    Range Compressor Design", JAES 60 (6), 2012, has the theory). Neither may end: with the first
    that does, ffmpeg's filter drops what it still has of the other."""
    compressor = (
        f"sidechaincompress=threshold={amplitude(DUCK_FROM_DB):.6f}:ratio={DUCK_RATIO}"
        f":attack={DUCK_ATTACK_MS}:release={DUCK_RELEASE_MS}:detection=rms:link=maximum"
        f":mix={DUCK_DEPTH}"
    )
    return [
        f"[{out}added]apad[{out}still]",
        f"[{out}key]apad,highpass=f={RUMBLE_HZ}[{out}voice]",
        f"[{out}still][{out}voice]{compressor},atrim=end_sample={samples}[{out}ducked]",
    ]


def _samples(sec: float) -> int:
    return round(sec * SAMPLE_RATE)


def _exactly(samples: int) -> str:
    return f"apad=whole_len={samples},atrim=end_sample={samples}"
