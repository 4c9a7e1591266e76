"""Small true files of every kind people send."""

from __future__ import annotations

import io
import math
import wave
from array import array
from fractions import Fraction

import av
from PIL import Image

SRT = "\ufeff1\n00:00:01,000 --> 00:00:02,500\nПривет\n\n2\n00:00:03,000 --> 00:00:04,000\nПока\n"
VTT = "WEBVTT\n\n00:01.000 --> 00:02.500\nПривет\n\nlast\n00:00:03.000 --> 00:00:04.000 line:0\nx\n"
ASS = (
    "; made by hand\n[Script Info]\nTitle: x\n\n[Events]\nFormat: Layer, Start, End, Text\n"
    "Dialogue: 0,0:00:01.00,0:00:02.50,Привет\nDialogue: 0,0:00:03.00,0:00:04.00,Пока\n"
)
RATE = 8000


def wav(seconds: float = 1.0) -> bytes:
    """A quiet tone, 16 kB a second."""
    into = io.BytesIO()
    second = array("h", (int(3000 * math.sin(n / 9)) for n in range(RATE))).tobytes()
    with wave.open(into, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE)
        for _ in range(int(seconds)):
            sound.writeframes(second)
        sound.writeframes(second[: 2 * int(RATE * (seconds % 1))])
    return into.getvalue()


def sound(container: str, codec: str, seconds: float = 1.0, rate: int = 44_100) -> bytes:
    """The same in any of FFmpeg's containers and codecs."""
    into = io.BytesIO()
    with av.open(into, "w", format=container) as target:
        stream = target.add_stream(codec, rate=rate, layout="mono")
        for packet in _encoded_sound(stream, seconds, rate):
            target.mux(packet)
    return into.getvalue()


def film(container: str = "mp4", codec: str = "mpeg4", frames: int = 10) -> bytes:
    """A little picture that moves, without sound."""
    into = io.BytesIO()
    with av.open(into, "w", format=container) as target:
        stream = target.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for number in range(frames):
            picture = Image.new("RGB", (64, 48), (20 * number, 100, 50))
            for packet in stream.encode(av.VideoFrame.from_image(picture)):
                target.mux(packet)
        for packet in stream.encode():
            target.mux(packet)
    return into.getvalue()


def _encoded_sound(stream: av.AudioStream, seconds: float, rate: int) -> list[av.Packet]:
    samples = array("h", (int(3000 * math.sin(n / 9)) for n in range(int(rate * seconds))))
    frame = av.AudioFrame(format="s16", layout="mono", samples=len(samples))
    frame.planes[0].update(samples.tobytes())
    frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
    context = stream.codec_context
    fifo, packets = av.AudioFifo(), []
    resampler = av.AudioResampler(format=context.format, layout="mono", rate=rate)
    for each in resampler.resample(frame):
        fifo.write(each)
    size = context.frame_size or 1024
    while piece := fifo.read(size) or fifo.read(size, partial=True):
        packets += stream.encode(piece)
    return packets + stream.encode()
