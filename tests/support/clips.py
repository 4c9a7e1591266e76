"""Small clips made by ffmpeg itself, and measures of videos: colours, beeps, frames' times."""

from __future__ import annotations

import hashlib
import random
import subprocess
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from imageio_ffmpeg import get_ffmpeg_exe

FAST = ("-c:v", "libx264", "-preset", "ultrafast", "-crf", "12", "-pix_fmt", "yuv420p")
TEN_BITS = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le")
BT709 = "setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv"
AAC = ("-c:a", "aac", "-b:a", "128k")
# The names of formats in a file, and others of the same length for which there is no decoder.
FOREIGN = {
    ("mp4", "picture"): {b"avc1": b"zzzz"},
    ("mp4", "sound"): {b"mp4a": b"ac-4", b"esds": b"dac4"},
    ("mkv", "picture"): {b"V_MPEG4/ISO/AVC": b"V_MPEG4/ISO/ZZZ"},
    ("mkv", "sound"): {b"A_AAC": b"A_ZZZ"},
}
PAINTS = {
    "red": (255, 0, 0), "lime": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255),
    "black": (0, 0, 0), "yellow": (255, 255, 0),
}  # fmt: skip


def ffmpeg(*arguments: str | Path) -> str:
    """Run ffmpeg; what it said."""
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostdin", "-y", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


@dataclass(frozen=True)
class Clips:
    """Clips in a folder, each made once."""

    folder: Path
    made: dict[str, Path] = field(default_factory=dict)

    def make(
        self,
        picture: str = "red",
        *,
        size: str = "320x180",
        fps: str = "25",
        sec: float = 1.0,
        beep_at: float | None = 0.4,
        video: tuple[str, ...] = FAST,
        sound: tuple[str, ...] = AAC,
        filters: str = BT709,
        options: tuple[str, ...] = (),
        suffix: str = "mp4",
    ) -> Path:
        """A clip of one colour, or of ffmpeg's `testsrc2`; a beep of 0.1 s at `beep_at`, silence
        around it, no sound at all when that is None."""
        key = hashlib.sha256(repr(sorted(locals().items())).encode()).hexdigest()[:12]
        path = self.folder / f"{picture}-{key}.{suffix}"
        if path.exists():
            return path
        paint = "testsrc2=" if picture == "testsrc2" else f"color=c={picture}:"
        inputs = ["-f", "lavfi", "-i", f"{paint}s={size}:r={fps}:d={sec}"]
        if beep_at is not None:
            inputs += ["-f", "lavfi", "-i", beeping(beep_at, sec)]
        coding = [*video, *(sound if beep_at is not None else ())]
        ffmpeg(*inputs, "-vf", filters, *coding, *options, "-t", str(sec), path)
        return path

    def turned(self, path: Path, degrees: int) -> Path:
        """The same clip with a display matrix: a phone held another way."""
        out = path.with_name(f"{path.stem}-turned{degrees}.mp4")
        if not out.exists():
            ffmpeg("-display_rotation", str(degrees), "-i", path, "-c", "copy", out)
        return out

    def unsteady(self, picture: str = "blue") -> Path:
        """Variable frame rate: every third frame is missing in the first half."""
        drop = "select='gt(t,0.5)+mod(n,3)'"
        return self.make(
            picture,
            fps="30",
            filters=drop,
            options=("-fps_mode", "vfr", "-enc_time_base", "1:90000"),
        )

    def hdr(self, picture: str = "white", transfer: str = "smpte2084") -> Path:
        """A clip tagged as HDR10, or HLG (`arib-std-b67`), in ten bits."""
        return self.make(picture, filters=_hdr_tags(transfer), video=TEN_BITS)

    def hdr_grey(self, transfer: str, luma: int) -> Path:
        """The same in grey, of a `luma` of ten bits: 64 is black, 940 white."""
        grey = f"format=yuv420p10le,geq=lum={luma}:cb=512:cr=512,{_hdr_tags(transfer)}"
        return self.make("black", filters=grey, video=(*TEN_BITS, "-qp", "0"), sec=0.4)

    def cut_off(self, part: float = 0.5) -> Path:
        """The first part of a file whose index stands at the front."""
        whole = self.make("testsrc2", sec=2, options=("-movflags", "+faststart"))
        path = self.folder / f"cut-off-{part}.mp4"
        data = whole.read_bytes()
        path.write_bytes(data[: int(len(data) * part)])
        return path

    def foreign(self, suffix: str, track: str) -> Path:
        """A clip whose `track`, picture or sound, is in a format nobody has heard of."""
        words = FOREIGN[suffix, track]
        data = self.make("testsrc2", suffix=suffix).read_bytes()
        for known, unknown in words.items():
            at = data.rindex(known)
            data = data[:at] + unknown + data[at + len(known) :]
        path = self.folder / f"foreign-{track}.{suffix}"
        path.write_bytes(data)
        return path

    def torn(self, **wishes: Any) -> Path:
        """A clip of two seconds with 3,000 bytes of noise in its middle."""
        data = bytearray(self.make("testsrc2", sec=2, **wishes).read_bytes())
        middle, noise = len(data) // 2, random.Random(3).randbytes(3000)
        data[middle : middle + len(noise)] = noise
        return self.posing("torn-" + "-".join(map(str, wishes.values())), bytes(data))

    def of_television(self) -> Path:
        """Two seconds in stereo, then two in 5.1."""
        path, at = self.folder / "television.ts", 0
        data = b""
        for channels in ("stereo", "5.1"):
            part = self.folder / f"{channels}.ts"
            sound = f"sine=440:d=2,aformat=channel_layouts={channels}"
            inputs = (
                "-f",
                "lavfi",
                "-i",
                "testsrc2=s=320x180:r=25:d=2",
                "-f",
                "lavfi",
                "-i",
                sound,
            )
            ffmpeg(*inputs, *FAST, *AAC, "-output_ts_offset", str(at), part)
            data, at = data + part.read_bytes(), at + 2
        path.write_bytes(data)
        return path

    def posing(self, name: str, data: bytes) -> Path:
        path = self.folder / f"{name}.mp4"
        path.write_bytes(data)
        return path


def _hdr_tags(transfer: str) -> str:
    return f"setparams=color_primaries=bt2020:color_trc={transfer}:colorspace=bt2020nc:range=tv"


def beeping(at: float, sec: float) -> str:
    """A source of sound: silence with 0.1 s of 1 kHz."""
    on = f"between(t,{at},{at + 0.1})"
    return f"aevalsrc='0.5*sin(2*PI*1000*t)*{on}|0.5*sin(2*PI*1000*t)*{on}':s=48000:d={sec}"


# Measures


def pictures(path: Path) -> list[np.ndarray]:
    """Every frame as RGB."""
    with av.open(str(path)) as clip:
        return [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]


def times(path: Path) -> list[Fraction]:
    """When every frame is shown, in seconds."""
    with av.open(str(path)) as clip:
        return [frame.pts * frame.time_base for frame in clip.decode(video=0)]


def colors(path: Path) -> list[str]:
    """The colour in the middle of each frame, repetitions left out."""
    seen: list[str] = []
    for picture in pictures(path):
        name = color_of(picture[picture.shape[0] // 2, picture.shape[1] // 2])
        if seen[-1:] != [name]:
            seen.append(name)
    return seen


def color_of(pixel: np.ndarray) -> str:
    far = {name: int(np.abs(pixel.astype(int) - paint).sum()) for name, paint in PAINTS.items()}
    name = min(far, key=far.__getitem__)
    return name if far[name] < 60 else "other"


def samples(path: Path) -> np.ndarray:
    """The sound as one channel, from the file's time zero, at 48 kHz."""
    with av.open(str(path)) as clip:
        frames = list(clip.decode(audio=0))
        rate = frames[0].sample_rate
        heard = [frame.to_ndarray().astype(float) for frame in frames]
        planar = frames[0].format.is_planar
        mono = [
            piece[0] if planar else piece[0][:: frames[0].layout.nb_channels] for piece in heard
        ]
        start = round(float(frames[0].pts * frames[0].time_base) * rate)
    whole = np.concatenate(mono)
    return np.concatenate([np.zeros(start), whole]) if start > 0 else whole[-start:]


def beeps(path: Path) -> list[float]:
    """When each beep begins, in seconds."""
    loud = np.abs(samples(path))
    loud = loud > 0.3 * max(loud.max(), 1e-9)
    on = np.flatnonzero(loud)
    starts = [on[0], *on[1:][np.diff(on) > 2400]] if len(on) else []
    return [round(float(start) / 48000, 3) for start in starts]


def likeness(one: Path, other: Path, fps: float) -> list[float]:
    """SSIM of two videos, averaged over each second."""
    said = ffmpeg("-i", one, "-i", other, "-lavfi", "ssim=stats_file=-", "-f", "null", "-")
    assert "SSIM" in said
    command = [get_ffmpeg_exe(), "-i", one, "-i", other, "-lavfi", "ssim=stats_file=-"]
    done = subprocess.run([*map(str, command), "-f", "null", "-"], capture_output=True, text=True)
    each = [float(line.split("All:")[1].split()[0]) for line in done.stdout.splitlines()]
    step = round(fps)
    return [float(np.mean(each[at : at + step])) for at in range(0, len(each), step)]
